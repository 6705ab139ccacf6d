import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { DatabaseSeeder } from '../seeders/DatabaseSeeder.js';
import { customerId, orderId, storeId } from '../seeders/sample-data.js';
import { runtimeOptions } from '../src/database/orm.options.js';
import { platformEntities, tenantEntities } from '../src/entities.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { tableChecksums } from './support/table-checksums.js';
import { endPrograms, run } from './support/process.js';
import * as answers from './support/sample-answers.js';

/** Seeds as the server does. */
async function seed({ url }: TestDatabase, times = 1): Promise<void> {
  const orm = await MikroORM.init(
    runtimeOptions({ url, poolMax: 2, statementTimeout: 0, entities: [...tenantEntities, ...platformEntities] }),
  );
  try {
    await Promise.all(Array.from({ length: times }, () => new DatabaseSeeder().run(orm.em.fork({ schema: 'public' }))));
  } finally {
    await orm.close(true);
  }
}

describe('Seeding the sample data', () => {
  let sample: TestDatabase;
  beforeEach(async () => {
    sample = await createTestDatabase('sample');
  });
  afterEach(async () => {
    await endPrograms();
    await sample.drop();
  });

  test('again by the CLI changes nothing', async () => {
    const before = await tableChecksums(sample);
    const program = run('npx', ['mikro-orm', 'seeder:run'], { DATABASE_URL: sample.url });
    expect(await program.ends()).toBe(0);
    expect(await tableChecksums(sample)).toEqual(before);
  });

  test('again leaves alone what people have changed or removed', async () => {
    await sample.query(`update products set price = 43 where sku = 'FISH-BABEL'`);
    await sample.query(`update customers set email = 'sandwiches@lamuella.example' where id = $1`, [
      customerId('arthur'),
    ]);
    await sample.query(`delete from customer_addresses where customer_id = $1 and kind = 'SHIPPING'`, [
      customerId('ford'),
    ]);
    await sample.query(`delete from order_items where order_id = $1 and line_number = 2`, [orderId(24)]);
    await sample.query(
      `with gone as (delete from order_shipping_addresses where order_id = $1)
      update orders set fulfilment = 'PICK_UP', store_id = '${storeId('Milliways')}' where id = $1`,
      [orderId(23)],
    );
    const before = await tableChecksums(sample);
    await seed(sample);
    expect(await tableChecksums(sample)).toEqual(before);
  });

  test('twice at once, on a fork of the schema, gives the same rows as once by the CLI', async () => {
    const empty = await createTestDatabase('empty');
    await seed(empty, 2);
    // The users are not of the seeders, and have ids of their own in each database.
    const { users: _users, ...seeded } = await tableChecksums(empty);
    expect(await tableChecksums(sample)).toMatchObject(seeded);
    await empty.drop();
  });

  test('fails whole when a row stands in its way', async () => {
    const empty = await createTestDatabase('empty');
    await empty.query(`insert into customers (id, email, first_name, last_name)
      values (gen_random_uuid(), 'arthur.dent@COTTINGTON.example', 'Another', 'Arthur')`);
    await expect(seed(empty)).rejects.toThrow('customers_email_unique');
    expect(await empty.query('select from addresses')).toHaveLength(0);
    await empty.drop();
  });
});

describe('The answers that the sample data must give', () => {
  let sample: TestDatabase;
  beforeAll(async () => {
    sample = await createTestDatabase('sample');
  });
  afterAll(() => sample.drop());

  /** The ids of the orders that a condition picks, newest first. */
  async function orderIds(condition: string, values: unknown[] = []): Promise<string[]> {
    const rows = await sample.query<{ id: string }>(
      `select id from orders where ${condition} order by placed_at desc, id desc`,
      values,
    );
    return rows.map(({ id }) => id);
  }

  test('the number of rows', async () => {
    const [counts] = await sample.query(
      `select (select count(*)::int from addresses) as addresses, (select count(*)::int from customers) as customers,
         (select count(*)::int from stores) as stores, (select count(*)::int from products) as products,
         (select count(*)::int from orders) as orders, (select count(*)::int from order_items) as "orderItems",
         (select count(*)::int from pages) as pages, (select count(*)::int from tasks) as tasks`,
    );
    expect(counts).toEqual(answers.rowCounts);
  });

  test.each(Object.entries(answers.pageTitles))('the pages in the language %s', async (language, titles) => {
    const rows = await sample.query<{ title: string }>('select title from pages where language = $1 order by id', [
      language,
    ]);
    expect(rows.map(({ title }) => title)).toEqual(titles);
  });

  test.each(answers.customersByContact)('whose the contact %s is', async (contact, customer) => {
    const rows = await sample.query<{ id: string }>(
      `select id from customers where case when $1 like '%@%' then lower(email) = lower($1)
         else right(regexp_replace(telephone, '\\D', '', 'g'), 20) = regexp_replace($1, '\\D', '', 'g') end`,
      [contact],
    );
    expect(rows.map(({ id }) => id)).toEqual(customer === null ? [] : [customerId(customer)]);
  });

  test('the orders from the newest to the oldest, which is also the order of their ids', async () => {
    const expected = answers.ordersNewestFirst.map(orderId);
    expect(await orderIds('true')).toEqual(expected);
    expect(expected.toSorted().reverse()).toEqual(expected);
  });

  test.each(Object.entries(answers.openOrders))('the orders that are %s', async (status, orders) => {
    expect(await orderIds('status = $1', [status])).toEqual(orders.map(orderId));
  });

  test('the number of orders by status', async () => {
    const rows = await sample.query<{ status: string; count: number }>(
      'select status, count(*)::int as count from orders group by status',
    );
    expect(Object.fromEntries(rows.map(({ status, count }) => [status, count]))).toEqual(answers.ordersByStatus);
  });

  test.each(Object.entries(answers.ordersByStore))('the orders of the store %s', async (store, orders) => {
    expect(await orderIds('store_id = (select id from stores where name = $1)', [store])).toEqual(orders.map(orderId));
  });

  test.each(Object.entries(answers.ordersByCustomer))('the orders of the customer %s', async (customer, orders) => {
    expect(await orderIds('customer_id = $1', [customerId(customer)])).toEqual(orders.map(orderId));
  });

  test('the in-store purchases, those placed online, and those of a period', async () => {
    const shipped = 'exists (select from order_shipping_addresses where order_id = orders.id)';
    expect(await orderIds(`not ${shipped}`)).toEqual(answers.inStorePurchases.map(orderId));
    expect(await orderIds('store_id is null')).toEqual(answers.onlineOrders.map(orderId));
    const { from, until, orders } = answers.ordersPlacedBetween;
    expect(await orderIds('placed_at >= $1 and placed_at < $2', [from, until])).toEqual(orders.map(orderId));
  });

  test('the totals of orders', async () => {
    const rows = await sample.query<{ id: string; total: string }>(
      'select order_id as id, sum(quantity * unit_price)::text as total from order_items group by order_id',
    );
    const expected = Object.entries(answers.orderTotals).map(([number, total]) => [orderId(Number(number)), total]);
    expect(Object.fromEntries(rows.map(({ id, total }) => [id, total]))).toEqual(Object.fromEntries(expected));
  });

  test('the open and the completed tasks, in their orders', async () => {
    const numbers = async (condition: string) =>
      (
        await sample.query<{ number: number }>(
          `select right(id::text, 12)::int as number from tasks where ${condition}`,
        )
      ).map(({ number }) => number);
    expect(await numbers(`state = 'OPEN' order by due_on nulls last, id`)).toEqual(answers.openTasksByDue);
    const rank = `array_position(array['URGENT', 'HIGH', 'NORMAL', 'LOW'], priority)`;
    expect(await numbers(`state = 'OPEN' order by ${rank}, id desc`)).toEqual(answers.openTasksByPriority);
    expect(await numbers(`state = 'COMPLETED' order by due_on, id`)).toEqual(answers.completedTasks);
  });

  test('the counts by zip code', async () => {
    const billing = await sample.query(
      `select zip_code as "zipCode", count(*)::int as count from orders
       join addresses on addresses.id = billing_address_id group by 1 order by 2 desc, zip_code collate "C"`,
    );
    expect(billing).toEqual(answers.countsByBillingZip);
    const shipping = await sample.query(
      `select zip_code as "zipCode", count(distinct order_id)::int as count from order_shipping_addresses
       join addresses on addresses.id = address_id group by 1 order by 2 desc, zip_code collate "C"`,
    );
    expect(shipping).toEqual(answers.countsByShippingZip);
  });

  test.each(Object.entries(answers.inStorePurchasesByHour))(
    'the in-store purchases by hour in %s',
    async (zone, hours) => {
      const rows = await sample.query(
        `select extract(hour from placed_at at time zone $1)::int as hour, count(*)::int as count
         from orders where fulfilment = 'PICK_UP' group by 1 order by 1`,
        [zone],
      );
      expect(rows).toEqual(hours);
    },
  );

  test('the customers with the most in-store purchases', async () => {
    const rows = await sample.query(
      `select customer_id as customer, count(*)::int as "orderCount" from orders
       where fulfilment = 'PICK_UP' group by 1 order by 2 desc, 1`,
    );
    expect(rows).toEqual(
      answers.topInStoreCustomers.map(({ customer, orderCount }) => ({ customer: customerId(customer), orderCount })),
    );
  });

  test('the lines whose product has changed since', async () => {
    const rows = await sample.query<{ order: string; line: number; before: string; now: string }>(
      `select order_id as order, line_number as line, product_name || ' ' || unit_price as before,
         name || ' ' || price as now
       from order_items join products on products.id = product_id
       where (product_name, unit_price) is distinct from (name, price) order by order_id, line_number`,
    );
    expect(rows.map(({ order, line, before, now }) => [order, line, before, now])).toEqual(
      answers.changedSince.map(([order, ...rest]) => [orderId(order), ...rest]),
    );
  });
});
