import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { decimalsOf } from '../src/currencies.js';
import { Fulfilment, Order, OrderItem, OrderShippingAddress, OrderStatus } from '../src/orders/order.entity.js';
import { insertMissing } from './insert-missing.js';
import { addressId, customerId, orderId, productId, sampleOrders, sampleProduct, storeId } from './sample-data.js';
import { sampleId } from './sample-id.js';

const currencyCode = 'USD';

type SampleOrder = (typeof sampleOrders)[number];

/** Seeds the orders, each with its items and shipping addresses. */
export class OrderSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const inserted = await insertMissing(em, Order, sampleOrders.map(orderRow));
    // Those that stood already keep the items and addresses that they have by now.
    const added = sampleOrders.filter(({ number }) => inserted.has(orderId(number)));
    await insertMissing(em, OrderItem, added.flatMap(itemRows));
    await em.insertMany(OrderShippingAddress, added.flatMap(shippingAddressRows));
    await reserveStock(em as SqlEntityManager, [...inserted]);
  }
}

/** Takes the pieces of open orders out of what can be ordered; where they don't lie, they are laid there. */
async function reserveStock(em: SqlEntityManager, orders: string[]): Promise<void> {
  await em.execute(
    `insert into stock_levels as s (id, product_id, store_id, on_hand, reserved)
     select gen_random_uuid(), i.product_id, case o.fulfilment when 'PICK_UP' then o.store_id end, sum(i.quantity), sum(i.quantity)
     from orders o join order_items i on i.order_id = o.id
     where o.id in (select jsonb_array_elements_text(?)::uuid) and o.status in (?, ?) group by 2, 3
     on conflict (product_id, store_id) do update
       set reserved = s.reserved + excluded.reserved, on_hand = greatest(s.on_hand, s.reserved + excluded.reserved)`,
    [JSON.stringify(orders), OrderStatus.PENDING, OrderStatus.IN_PROGRESS],
  );
}

function orderRow(order: SampleOrder) {
  return {
    id: orderId(order.number),
    customer: customerId(order.customer),
    billingAddress: addressId(order.billingAddress),
    store: order.store && storeId(order.store),
    fulfilment: order.shippingAddresses.length === 0 ? Fulfilment.PICK_UP : Fulfilment.SHIPPED,
    status: order.status,
    placedAt: new Date(order.placedAt),
    currencyCode,
  };
}

function itemRows({ number, placedAt, items }: SampleOrder) {
  return items.map(({ sku, quantity, productName, unitPrice }, index) => ({
    id: sampleId('orderItem', number * 100 + index + 1, new Date(placedAt)),
    order: orderId(number),
    lineNumber: index + 1,
    product: productId(sku),
    productName: productName ?? sampleProduct(sku).name,
    quantity,
    currencyCode,
    currencyDecimals: decimalsOf(currencyCode),
    unitPrice: unitPrice ?? sampleProduct(sku).price,
  }));
}

function shippingAddressRows({ number, shippingAddresses }: SampleOrder) {
  return shippingAddresses.map(address => ({ order: orderId(number), address: addressId(address) }));
}
