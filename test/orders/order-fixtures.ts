import { addressId, customerId, storeId } from '../../seeders/sample-data.js';
import type { TestApp } from '../support/app.js';

/** Arthur, who has the cottage and the flat. */
export const arthur = `Customer_${customerId('arthur')}`;
export const cottage = `Address_${addressId('cottage')}`;
export const flat = `Address_${addressId('islington-flat')}`;
/** An address of Zaphod's, and not of Arthur's. */
export const starship = `Address_${addressId('heart-of-gold')}`;
export const milliways = `Store_${storeId('Milliways')}`;
/** A store that is retired. */
export const krikkit = `Store_${storeId('Krikkit Corner')}`;

export const earth = { line1: '1 Lost Planet Road', city: 'Islington', zipCode: 'N1 0AA', countryCode: 'GB' };

/** A placement that has nothing wrong with it: two towels, shipped to Arthur's cottage. */
export const shipped = {
  customer: { id: arthur },
  currencyCode: 'USD',
  items: [{ sku: 'TOWEL-BEACH', quantity: 2 }],
  fulfilment: 'SHIPPED',
  billingAddress: { addressId: cottage },
  shipments: [{ addressId: cottage }],
};

/** The same two towels, picked up at Milliways. */
export const pickedUp = { ...shipped, fulfilment: 'PICK_UP', storeId: milliways, shipments: undefined };

/** Places an order that must succeed, and gives what is asked of it. */
export async function place(app: TestApp, changes: object = {}, selection = 'id') {
  const { order, userErrors } = await app.change('placeOrder', { ...shipped, ...changes }, `order { ${selection} }`);
  if (userErrors.length > 0) {
    throw new Error(`It was refused: ${JSON.stringify(userErrors)}`);
  }
  return order;
}

/** What can be ordered, is on hand and is reserved of a product: in the warehouse, or in a store. */
export async function stockOf(app: TestApp, sku: string, store: string | null = null) {
  const [row] = await app.database.query<{ available: number; onHand: number; reserved: number }>(
    `select on_hand - reserved as available, on_hand as "onHand", reserved from stock_levels
     where product_id = (select id from products where sku = $1)
       and store_id is not distinct from (select id from stores where name = $2)`,
    [sku, store],
  );
  return row!;
}

/** How many rows each table that an order is written to has. */
export async function countRows(app: TestApp): Promise<Record<string, number>> {
  const [row] = await app.database.query<Record<string, number>>(
    `select (select count(*)::int from orders) as orders, (select count(*)::int from order_items) as items,
       (select count(*)::int from order_shipping_addresses) as addresses, (select count(*)::int from history) as history,
       (select count(*)::int from customers) as customers, (select count(*)::int from addresses) as places,
       (select count(*)::int from idempotency_keys) as keys, (select sum(reserved)::int from stock_levels) as reserved`,
  );
  return row!;
}
