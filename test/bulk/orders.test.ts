import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { customerId, productId, storeId } from '../../seeders/sample-data.js';
import { importLines, removeFiles } from '../support/bulk.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { connected } from '../support/server.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase('sample');
});
afterEach(() => database.drop());
afterAll(removeFiles);

const address = { line1: '1 Towel Lane', city: 'Islington', zipCode: 'N1 7BE', countryCode: 'GB' };

function order(quantity: number, changes: object = {}): object {
  return {
    customer: { email: 'arthur.dent@cottington.example' },
    placedAt: '2025-01-01T00:00:00Z',
    status: 'PENDING',
    store: 'Milliways',
    currencyCode: 'USD',
    billingAddress: address,
    items: [{ sku: 'FISH-BABEL', quantity, unitPrice: '42.00' }],
    ...changes,
  };
}

/** What is reserved of a product in Milliways and in the warehouse. */
async function reserved(): Promise<{ store: number; warehouse: number }> {
  const [found] = await database.query<{ store: number; warehouse: number }>(
    `select max(reserved) filter (where store_id = $2) as store, max(reserved) filter (where store_id is null) as warehouse
     from stock_levels where product_id = $1`,
    [productId('FISH-BABEL'), storeId('Milliways')],
  );
  return found!;
}

describe('Stock', () => {
  test('is reserved by open orders where they take it from, and by no others', async () => {
    const before = await reserved();
    const { rows } = await importLines(database, 'orders', [
      order(3),
      order(4, { status: 'IN_PROGRESS', shippingAddresses: [address] }),
      order(5, { status: 'COMPLETED' }),
      order(6, { status: 'CANCELLED' }),
    ]);
    expect(rows).toEqual([]);
    expect(await reserved()).toEqual({ store: before.store + 3, warehouse: before.warehouse + 4 });
  });

  test('that does not suffice refuses an order, and smaller ones after it still get theirs', async () => {
    const [level] = await database.query<{ left: number }>(
      'select on_hand - reserved as left from stock_levels where product_id = $1 and store_id = $2',
      [productId('FISH-BABEL'), storeId('Milliways')],
    );
    const { left } = level!;
    const { rows } = await importLines(database, 'orders', [
      order(left - 2),
      order(3),
      order(1, { items: [2, 1].map(quantity => ({ sku: 'FISH-BABEL', quantity, unitPrice: '1' })) }),
      order(2, { customer: { email: 'nobody@dent.example' } }),
      order(2),
      order(1),
      order(1, { shippingAddresses: [address] }),
    ]);
    expect(rows.map(({ line, code }) => [line, code])).toEqual([
      [2, 'INSUFFICIENT_STOCK'],
      [3, 'INSUFFICIENT_STOCK'],
      [4, 'UNKNOWN_CUSTOMER'],
      [6, 'INSUFFICIENT_STOCK'],
    ]);
    expect(rows[0]!.message).toContain('takes 3 of "FISH-BABEL", and 2 are there');
    const [after] = await database.query(
      'select on_hand - reserved as left from stock_levels where product_id = $1 and store_id = $2',
      [productId('FISH-BABEL'), storeId('Milliways')],
    );
    expect(after).toEqual({ left: 0 });
  });

  test('is not there where none was ever kept', async () => {
    await database.query('delete from stock_levels where product_id = $1 and store_id = $2', [
      productId('FISH-BABEL'),
      storeId('Milliways'),
    ]);
    expect((await importLines(database, 'orders', [order(1)])).rows[0]!.code).toBe('INSUFFICIENT_STOCK');
  });

  test('that somebody else takes meanwhile is not promised twice', async () => {
    await database.query('update stock_levels set on_hand = reserved + 5 where product_id = $1 and store_id = $2', [
      productId('FISH-BABEL'),
      storeId('Milliways'),
    ]);
    await connected(database.url, async client => {
      await client.query('begin');
      await client.query('update stock_levels set reserved = reserved + 5 where product_id = $1 and store_id = $2', [
        productId('FISH-BABEL'),
        storeId('Milliways'),
      ]);
      const importing = importLines(database, 'orders', [order(1)]);
      await waitForLock();
      await client.query('commit');
      expect((await importing).rows[0]!.code).toBe('INSUFFICIENT_STOCK');
    });
  });

  async function waitForLock(): Promise<void> {
    for (let waiting: unknown[] = []; waiting.length === 0;) {
      waiting = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
    }
  }
});

describe('The customer', () => {
  test('is found by any contact, a duplicate’s too, and as a duplicate', async () => {
    const [duplicate] = await database.query<{ id: string }>(
      `insert into customers (id, email, telephone, first_name, last_name, merged_into_id)
       values (gen_random_uuid(), 'Art@Dent.example', '+44 99 99', 'Art', 'Dent', $1) returning id`,
      [customerId('arthur')],
    );
    const before = new Set((await database.query<{ id: string }>('select id from orders')).map(({ id }) => id));
    const customers = [{ email: 'ART@dent.example' }, { telephone: '(44) 99-99' }, `Customer_${duplicate!.id}`];
    const lines = customers.map(customer => order(1, { status: 'COMPLETED', customer }));
    expect((await importLines(database, 'orders', lines)).imported).toBe(3);
    const owners = await database.query<{ id: string; owner: string }>('select id, customer_id as owner from orders');
    const added = owners.filter(({ id }) => !before.has(id)).map(({ owner }) => owner);
    expect(added).toEqual(Array(3).fill(customerId('arthur')));
  });

  test('keeps the addresses that are known, and the order’s own are made once', async () => {
    const [known] = await database.query<Record<string, string>>(
      `select a.id, line1, line2, city, state, zip_code as "zipCode", country_code as "countryCode" from customer_addresses
       join addresses a on a.id = address_id where customer_id = $1 and kind = 'BILLING' limit 1`,
      [customerId('arthur')],
    );
    const { id, ...values } = known!;
    const [count] = await database.query('select count(*)::int from addresses');
    const changes = { status: 'COMPLETED', placedAt: '2024-02-29T12:00:00+02:00', store: null };
    await importLines(database, 'orders', [
      order(1, { ...changes, billingAddress: values, shippingAddresses: [values] }),
      order(1, { ...changes, billingAddress: address, shippingAddresses: [address] }),
    ]);
    expect(await database.query('select count(*)::int - $1::int as added from addresses', [count!['count']])).toEqual([
      { added: 1 },
    ]);
    const orders = await database.query(
      `select billing_address_id = address_id as same, address_id = $1 as known, status, fulfilment, product_name as name,
         tax_rate as "taxRate", currency_decimals as decimals, line_total as total
       from orders o join order_shipping_addresses on order_id = o.id join order_items i on i.order_id = o.id
       where placed_at = '2024-02-29T10:00:00Z' order by known`,
      [id],
    );
    const same = {
      same: true,
      status: 'COMPLETED',
      fulfilment: 'SHIPPED',
      name: 'Babel Fish',
      taxRate: '0',
      decimals: 2,
      total: '42.00',
    };
    expect(orders).toEqual([
      { ...same, known: false },
      { ...same, known: true },
    ]);
  });
});
