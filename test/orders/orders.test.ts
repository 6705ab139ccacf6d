import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customerId, orderId, sampleOrders, storeId } from '../../seeders/sample-data.js';
import { toGlobalId } from '../../src/graphql/global-id.js';
import { startTestApp, type TestApp } from '../support/app.js';
import * as answers from '../support/sample-answers.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const globalId = (number: number) => toGlobalId('Order', orderId(number));

/** An order of the sample data, by its number. */
const order = async (number: number, selection: string) =>
  (await app.ask(`query ($id: ID!) { order(id: $id) { ${selection} } }`, { id: globalId(number) })).order;

describe('An order', () => {
  it.each(sampleOrders.map(({ number }) => number))(
    'number %i is found by id, with its fields and relations',
    async number => {
      const found = await order(
        number,
        `id status fulfilment placedAt customer { id } store { id } billingAddress { id } shippingAddresses { id }`,
      );
      const [row] = await app.database.query(
        `select 'Order_' || id as id, status, fulfilment, placed_at as "placedAt",
         json_build_object('id', 'Customer_' || customer_id) as customer,
         json_build_object('id', 'Address_' || billing_address_id) as "billingAddress",
         case when store_id is not null then json_build_object('id', 'Store_' || store_id) end as store,
         (select coalesce(json_agg(json_build_object('id', 'Address_' || address_id) order by address_id), '[]')
          from order_shipping_addresses where order_id = o.id) as "shippingAddresses"
       from orders o where id = $1`,
        [orderId(number)],
      );
      expect({ ...found, placedAt: new Date(found.placedAt) }).toEqual(row);
    },
  );

  it('gives its time in UTC, to the millisecond', async () => {
    expect((await order(1, 'placedAt')).placedAt).toBe('2025-01-07T09:15:00.000Z');
  });

  it('is null for an id that no order has', async () => {
    expect((await app.ask('{ order(id: "Order_00000000-0000-7000-8000-000000000000") { id } }')).order).toBeNull();
  });

  it('is picked up in a store when it has no shipping address, and has one or more when it is shipped', async () => {
    const { orders } = await app.ask(
      '{ orders(first: 100) { nodes { fulfilment store { id } shippingAddresses { id } } } }',
    );
    for (const { fulfilment, store, shippingAddresses } of orders.nodes) {
      expect(fulfilment).toBe(shippingAddresses.length === 0 ? 'PICK_UP' : 'SHIPPED');
      expect(fulfilment === 'SHIPPED' || store !== null).toBe(true);
    }
    expect(orders.nodes.some(({ store }: { store: unknown }) => store === null)).toBe(true);
  });
});

describe('An order’s items', () => {
  it('come in the order of their lines, with the product’s name and price of that time', async () => {
    for (const { number, items } of sampleOrders) {
      const found = await order(
        number,
        'items { lineNumber productName quantity unitPrice { amount } product { sku } }',
      );
      const rows = await app.database.query(
        `select line_number as "lineNumber", product_name as "productName", quantity,
           json_build_object('amount', unit_price::text) as "unitPrice", json_build_object('sku', sku) as product
         from order_items i join products p on p.id = i.product_id where order_id = $1 order by line_number`,
        [orderId(number)],
      );
      expect(found.items).toEqual(rows);
      expect(found.items).toHaveLength(items.length);
    }
  });

  it('keep the name that the product had, and lead to the product as it is today', async () => {
    const { items } = await order(7, 'items { productName product { name } }');
    expect(items[0].productName).toBe('Nutri-Matic Tea Maker');
    expect(items[0].product.name).not.toBe('Nutri-Matic Tea Maker');
  });

  it('lead back to their order', async () => {
    const { items } = await order(8, 'items { order { id } }');
    expect(items).toEqual(items.map(() => ({ order: { id: globalId(8) } })));
  });
});

describe('An order’s total', () => {
  it('is what its lines cost together, each of them quantity times price', async () => {
    const { orders } = await app.ask(
      `{ orders(first: 100) { nodes { id total { amount currencyCode } items { lineTotal { amount currencyCode } } } } }`,
    );
    for (const { id, total, items } of orders.nodes) {
      const rows = await app.database.query<{ amount: string }>(
        `select (quantity * unit_price)::text as amount from order_items where order_id = $1 order by line_number`,
        [id.slice('Order_'.length)],
      );
      const [sum] = await app.database.query(
        'select sum(quantity * unit_price)::text as amount from order_items where order_id = $1',
        [id.slice('Order_'.length)],
      );
      expect(items).toEqual(rows.map(row => ({ lineTotal: { ...row, currencyCode: 'USD' } })));
      expect(total).toEqual({ ...sum, currencyCode: 'USD' });
    }
  });

  it.each(Object.entries(answers.orderTotals))(
    'of order %s is the %s USD that the sample data promises',
    async (number, amount) => {
      expect((await order(Number(number), 'total { amount }')).total).toEqual({ amount });
    },
  );

  it('is zero without lines', async () => {
    const id = await insertOrder();
    const { order: empty } = await app.ask('query ($id: ID!) { order(id: $id) { items { id } total { amount } } }', {
      id,
    });
    expect(empty).toEqual({ items: [], total: { amount: '0.00' } });
  });

  it('is exact, whatever the amounts', async () => {
    const id = await insertOrder([
      { quantity: 3, unitPrice: '999999999999.9999' },
      { quantity: 2_147_483_647, unitPrice: '0.0001' },
      { quantity: 1, unitPrice: '0.1' },
    ]);
    const { order: exact } = await app.ask(
      'query ($id: ID!) { order(id: $id) { items { lineTotal { amount } } total { amount } } }',
      { id },
    );
    expect(exact).toEqual({
      items: ['2999999999999.9997', '214748.3647', '0.1000'].map(amount => ({ lineTotal: { amount } })),
      total: { amount: '3000000214748.4644' },
    });
  });

  /** Inserts an in-store purchase with lines, and gives its id. It is older than all others, so that lists keep theirs. */
  async function insertOrder(lines: { quantity: number; unitPrice: string }[] = []): Promise<string> {
    const [row] = await app.database.query<{ id: string }>(
      `with placed as (
         insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
         select gen_random_uuid(), $1, (select min(id::text)::uuid from addresses), $2, 'PICK_UP', '2001-05-11T00:00Z', 'USD'
         returning id),
       lines as (
         insert into order_items (id, order_id, line_number, product_id, product_name, quantity, currency_code, currency_decimals, unit_price)
         select gen_random_uuid(), placed.id, n, (select min(id::text)::uuid from products), 'A thing',
           (line ->> 'quantity')::int, 'USD', 4, (line ->> 'unitPrice')::numeric
         from placed, jsonb_array_elements($3::jsonb) with ordinality as l(line, n))
       select id from placed`,
      [customerId('arthur'), storeId('Milliways'), JSON.stringify(lines)],
    );
    return toGlobalId('Order', row!.id);
  }
});

describe('The orders', () => {
  /** Orders by a filter in GraphQL and by a condition in SQL, which must be the same. */
  async function expectSame(filter: object | null, condition: string, direction?: 'ASC' | 'DESC'): Promise<number> {
    const { orders } = await app.ask(
      `query ($filter: OrderFilter, $direction: SortDirection! = DESC) {
         orders(first: 100, filter: $filter, direction: $direction) { nodes { id } totalCount } }`,
      { filter, direction },
    );
    const rows = await app.database.query<{ id: string }>(
      `select id from orders where ${condition} order by placed_at ${direction ?? 'desc'}, id ${direction ?? 'desc'}`,
    );
    expect(orders).toEqual({ nodes: rows.map(({ id }) => ({ id: toGlobalId('Order', id) })), totalCount: rows.length });
    return rows.length;
  }

  const milliways = toGlobalId('Store', storeId('Milliways'));
  const arthur = toGlobalId('Customer', customerId('arthur'));
  const someTime = '2025-06-01T00:00:00Z';

  it('come newest first, twenty at once', async () => {
    const { orders } = await app.ask('{ orders { nodes { id } } }');
    const rows = await app.database.query<{ id: string }>(
      'select id from orders order by placed_at desc, id desc limit 20',
    );
    expect(orders.nodes).toEqual(rows.map(({ id }) => ({ id: toGlobalId('Order', id) })));
  });

  it.each([
    ['all of them', {}, answers.ordersNewestFirst],
    ['those in stores', { inStore: true }, answers.inStorePurchases],
    ['those of a status', { status: 'PENDING' }, answers.openOrders.PENDING],
    ['those of a store', { storeId: milliways }, answers.ordersByStore['Milliways']],
    [
      'those of a quarter',
      { placedFrom: answers.ordersPlacedBetween.from, placedBefore: answers.ordersPlacedBetween.until },
      answers.ordersPlacedBetween.orders,
    ],
  ])('are what the sample data promises: %s', async (_what, filter, numbers) => {
    const { orders } = await app.ask(
      'query ($filter: OrderFilter!) { orders(first: 100, filter: $filter) { nodes { id } } }',
      { filter: { placedFrom: '2025-01-01T00:00:00Z', ...filter } },
    );
    expect(orders.nodes).toEqual(numbers!.map(number => ({ id: globalId(number) })));
  });

  it.each(['ASC', 'DESC'] as const)('come in the direction %s when that is asked', async direction => {
    await expectSame(null, 'true', direction);
  });

  it.each([
    ['one status', { status: ['COMPLETED'] }, `status = 'COMPLETED'`],
    ['two statuses', { status: ['PENDING', 'IN_PROGRESS'] }, `status in ('PENDING', 'IN_PROGRESS')`],
    ['a status given twice', { status: ['PENDING', 'PENDING'] }, `status = 'PENDING'`],
    ['every status', { status: ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'] }, 'true'],
    ['a status that is not in a list', { status: 'CANCELLED' }, `status = 'CANCELLED'`],
    ['a store', { storeId: milliways }, `store_id = '${storeId('Milliways')}'`],
    ['a customer', { customerId: arthur }, `customer_id = '${customerId('arthur')}'`],
    ['in-store purchases', { inStore: true }, 'not exists (select from order_shipping_addresses where order_id = id)'],
    ['shipped orders', { inStore: false }, 'exists (select from order_shipping_addresses where order_id = id)'],
    ['a start', { placedFrom: someTime }, `placed_at >= '${someTime}'`],
    ['an end', { placedBefore: someTime }, `placed_at < '${someTime}'`],
    [
      'a range',
      { placedFrom: '2025-03-01T00:00:00Z', placedBefore: someTime },
      `placed_at >= '2025-03-01T00:00:00Z' and placed_at < '${someTime}'`,
    ],
    ['a time with an offset', { placedFrom: '2025-06-01T05:30:00+05:30' }, `placed_at >= '${someTime}'`],
    ['a time before all years', { placedFrom: '0001-01-01T00:00:00Z' }, 'true'],
    [
      'a status and a store',
      { status: ['COMPLETED'], storeId: milliways },
      `status = 'COMPLETED' and store_id = '${storeId('Milliways')}'`,
    ],
    [
      'shipped orders of a customer',
      { inStore: false, customerId: arthur },
      `fulfilment = 'SHIPPED' and customer_id = '${customerId('arthur')}'`,
    ],
    [
      'statuses, a store, in-store purchases and a range',
      {
        status: ['COMPLETED', 'CANCELLED'],
        storeId: milliways,
        inStore: true,
        placedFrom: '2025-02-01T00:00:00Z',
        placedBefore: '2025-12-31T00:00:00Z',
      },
      `status in ('COMPLETED', 'CANCELLED') and store_id = '${storeId('Milliways')}' and fulfilment = 'PICK_UP'
       and placed_at >= '2025-02-01T00:00:00Z' and placed_at < '2025-12-31T00:00:00Z'`,
    ],
  ])('can be narrowed to %s', async (_what, filter, condition) => {
    const count = await expectSame(filter, condition);
    expect(count).toBeGreaterThan(0);
    await expectSame(filter, condition, 'ASC');
  });

  it.each([
    ['null', null],
    ['empty', {}],
    [
      'one of nulls',
      { status: null, storeId: null, customerId: null, inStore: null, placedFrom: null, placedBefore: null },
    ],
  ])('are all of them when the filter is %s', async (_what, filter) => {
    await expectSame(filter, 'true');
  });

  it.each([
    ['no status', { status: [] }],
    ['a customer who is unknown', { customerId: 'Customer_00000000-0000-7000-8000-000000000000' }],
    ['a store that is unknown', { storeId: 'Store_00000000-0000-7000-8000-000000000000' }],
    ['a range without orders', { placedFrom: '1999-01-01T00:00:00Z', placedBefore: '1999-01-02T00:00:00Z' }],
  ])('are none when narrowed to %s', async (_what, filter) => {
    await expectSame(filter, 'false');
  });

  it('take the start of a range in and leave its end out, to the millisecond', async () => {
    const placedAt = '2025-01-07T09:15:00.000Z';
    const count = async (filter: object) =>
      (await app.ask('query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }', { filter })).orders
        .totalCount;
    const after = '2025-01-07T09:15:00.001Z';
    expect(await count({ placedFrom: placedAt, placedBefore: after })).toBe(1);
    expect(await count({ placedFrom: '2025-01-07T09:14:59.999Z', placedBefore: placedAt })).toBe(0);
    expect(await count({ placedFrom: after, placedBefore: '2025-01-07T09:15:01.000Z' })).toBe(0);
  });
});
