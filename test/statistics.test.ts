import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customerId } from '../seeders/sample-data.js';
import { toGlobalId } from '../src/graphql/global-id.js';
import { startTestApp, type TestApp } from './support/app.js';
import * as answers from './support/sample-answers.js';

type Direction = 'ASC' | 'DESC';

/** What the statistics are made of, read by plain SQL and counted here, by other means than the API's. */
interface Purchase {
  id: string;
  customerId: string;
  inStore: boolean;
  placedAt: Date;
  billingZip: string;
  shippingZips: string[];
}

function readPurchases(app: TestApp): Promise<Purchase[]> {
  return app.database.query<Purchase & Record<string, unknown>>(
    `select o.id, o.customer_id as "customerId", o.placed_at as "placedAt", a.zip_code as "billingZip",
       not exists (select from order_shipping_addresses where order_id = o.id) as "inStore",
       array(select s.zip_code from order_shipping_addresses l join addresses s on s.id = l.address_id
             where l.order_id = o.id) as "shippingZips"
     from orders o join addresses a on a.id = o.billing_address_id`,
  );
}

/** How often each key stands there. */
function tally<Key extends string | number>(keys: Key[]): { key: Key; count: number }[] {
  const counts = new Map<Key, number>();
  for (const key of keys) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => ({ key, count }));
}

const ascending = <Value>(a: Value, b: Value) => (a < b ? -1 : a > b ? 1 : 0);

/** By count in a direction, equal ones by key. */
function byCount<Key extends string | number>(counts: { key: Key; count: number }[], direction: Direction) {
  const sign = direction === 'ASC' ? 1 : -1;
  return counts.toSorted((a, b) => sign * (a.count - b.count) || ascending(a.key, b.key));
}

/** Asks for statistics; a variable is one of the time zone. */
async function ask(app: TestApp, selection: string, variables?: { timeZone: string }) {
  const head = variables ? 'query ($timeZone: String!)' : 'query';
  return (await app.ask(`${head} { orderStatistics { ${selection} } }`, variables)).orderStatistics;
}

describe('On the sample data', () => {
  let app: TestApp;
  let purchases: Purchase[];
  beforeAll(async () => {
    app = await startTestApp();
    purchases = await readPurchases(app);
  });
  afterAll(() => app.close());

  it('all figures are those that the sample data promises', async () => {
    const found = await ask(
      app,
      `countsByBillingZip(first: 100) { zipCode count } countsByShippingZip(first: 100) { zipCode count }
       topInStoreCustomers(first: 100) { customer { id } orderCount }`,
    );
    expect(found).toEqual({
      countsByBillingZip: answers.countsByBillingZip,
      countsByShippingZip: answers.countsByShippingZip,
      topInStoreCustomers: answers.topInStoreCustomers.map(({ customer, orderCount }) => ({
        customer: { id: toGlobalId('Customer', customerId(customer)) },
        orderCount,
      })),
    });
  });

  it.each(Object.entries(answers.inStorePurchasesByHour))(
    'the in-store purchases by hour in %s are those that the sample data promises',
    async (timeZone, hours) => {
      const { inStorePurchasesByHour } = await ask(app, 'inStorePurchasesByHour(timeZone: $timeZone) { hour count }', {
        timeZone,
      });
      expect(inStorePurchasesByHour).toEqual(hours);
    },
  );

  describe.each(['DESC', 'ASC'] as const)('in the direction %s', direction => {
    it('the counts by billing zip code are those of the orders', async () => {
      const { countsByBillingZip } = await ask(
        app,
        `countsByBillingZip(first: 100, direction: ${direction}) { zipCode count }`,
      );
      const expected = byCount(tally(purchases.map(({ billingZip }) => billingZip)), direction);
      expect(countsByBillingZip).toEqual(expected.map(({ key, count }) => ({ zipCode: key, count })));
    });

    it('the counts by shipping zip code count an order once for each of its zip codes', async () => {
      const { countsByShippingZip } = await ask(
        app,
        `countsByShippingZip(first: 100, direction: ${direction}) { zipCode count }`,
      );
      const zips = purchases.flatMap(({ shippingZips }) => [...new Set(shippingZips)]);
      expect(countsByShippingZip).toEqual(
        byCount(tally(zips), direction).map(({ key, count }) => ({ zipCode: key, count })),
      );
    });

    it.each([
      'UTC',
      'Europe/London',
      'America/New_York',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Chatham',
      'Pacific/Kiritimati',
      'Etc/GMT+3',
      'europe/london',
      'GMT',
    ])('the in-store purchases by hour are right in the time zone %s, by hour and by count', async timeZone => {
      const hourOf = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' });
      const hours = tally(
        purchases.filter(({ inStore }) => inStore).map(({ placedAt }) => Number(hourOf.format(placedAt))),
      );
      const sign = direction === 'ASC' ? 1 : -1;
      const { byHour, byCounts } = await ask(
        app,
        `byHour: inStorePurchasesByHour(timeZone: $timeZone, direction: ${direction}) { hour count }
         byCounts: inStorePurchasesByHour(timeZone: $timeZone, direction: ${direction}, sort: COUNT) { hour count }`,
        { timeZone },
      );
      const shown = (counts: typeof hours) => counts.map(({ key, count }) => ({ hour: key, count }));
      expect(byHour).toEqual(shown(hours.toSorted((a, b) => sign * (a.key - b.key))));
      expect(byCounts).toEqual(shown(byCount(hours, direction)));
    });
  });

  it('the customers with the most in-store purchases come first', async () => {
    const { topInStoreCustomers } = await ask(app, 'topInStoreCustomers(first: 100) { customer { id } orderCount }');
    const expected = byCount(
      tally(purchases.filter(({ inStore }) => inStore).map(({ customerId }) => customerId)),
      'DESC',
    );
    expect(topInStoreCustomers).toEqual(
      expected.map(({ key, count }) => ({ customer: { id: toGlobalId('Customer', key) }, orderCount: count })),
    );
  });

  it.each([1, 2, 3])('a list of the first %i is the beginning of the whole list', async first => {
    const lists = (size: number) =>
      ask(
        app,
        `countsByBillingZip(first: ${size}) { zipCode count } countsByShippingZip(first: ${size}) { zipCode count }
         topInStoreCustomers(first: ${size}) { orderCount customer { id } }`,
      );
    const [some, all] = [await lists(first), await lists(100)];
    for (const name of ['countsByBillingZip', 'countsByShippingZip', 'topInStoreCustomers']) {
      expect(some[name]).toEqual(all[name].slice(0, first));
    }
  });

  it('hours are by hour in UTC, and lists have ten and the largest first, without being asked', async () => {
    const unasked = await ask(
      app,
      `inStorePurchasesByHour { hour count } countsByBillingZip { zipCode count } countsByShippingZip { zipCode count }
       topInStoreCustomers { orderCount }`,
    );
    const asked = await ask(
      app,
      `inStorePurchasesByHour(timeZone: "UTC", sort: HOUR, direction: ASC) { hour count }
       countsByBillingZip(first: 10, direction: DESC) { zipCode count }
       countsByShippingZip(first: 10, direction: DESC) { zipCode count } topInStoreCustomers(first: 10) { orderCount }`,
    );
    expect(unasked).toEqual(asked);
  });

  it('a customer of the statistics leads on to orders', async () => {
    const { topInStoreCustomers } = await ask(
      app,
      'topInStoreCustomers { customer { orders(first: 100, filter: { inStore: true }) { totalCount } } orderCount }',
    );
    for (const { customer, orderCount } of topInStoreCustomers) {
      expect(customer.orders.totalCount).toBe(orderCount);
    }
  });
});

describe('On orders made for it', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ data: 'empty' });
    await app.database.query(`
      insert into addresses (id, line1, city, zip_code, country_code)
        select ('00000000-0000-7000-8001-00000000000' || n)::uuid, 'Deck ' || n, 'City', zip, 'GB'
        from unnest(array['B 2', 'a 1', 'B 2', 'é 9']) with ordinality as a(zip, n);
      insert into customers (id, email, first_name, last_name)
        select ('00000000-0000-7000-8002-00000000000' || n)::uuid, n || '@example', 'Customer ' || n, '' from generate_series(1, 3) n;
      insert into stores (id, name, address_id)
        values ('00000000-0000-7000-8003-000000000001', 'Store', '00000000-0000-7000-8001-000000000001');`);
  });
  afterAll(() => app.close());

  let made = 0;
  /** Makes an order by the digits of its customer and addresses. */
  async function order(
    customer: number,
    billing: number,
    shipping: number[],
    placedAt = '2025-01-01T12:00:00Z',
  ): Promise<void> {
    const id = `00000000-0000-7000-8005-${String(++made).padStart(12, '0')}`;
    await app.database.query(
      `with placed as (
         insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
         values ($1, ('00000000-0000-7000-8002-00000000000' || $2)::uuid, ('00000000-0000-7000-8001-00000000000' || $3)::uuid,
           '00000000-0000-7000-8003-000000000001', case when $4::text[] = '{}' then 'PICK_UP' else 'SHIPPED' end, $5, 'USD')
         returning id)
       insert into order_shipping_addresses (order_id, address_id)
       select id, ('00000000-0000-7000-8001-00000000000' || digit)::uuid from placed, unnest($4::text[]) digit`,
      [id, String(customer), String(billing), shipping.map(String), placedAt],
    );
  }
  async function clear(): Promise<void> {
    await app.database.query('truncate orders, order_shipping_addresses, order_items cascade');
  }

  it('all figures are empty without orders', async () => {
    expect(
      await ask(
        app,
        `countsByBillingZip { count } countsByShippingZip { count } inStorePurchasesByHour { count } topInStoreCustomers { orderCount }`,
      ),
    ).toEqual({
      countsByBillingZip: [],
      countsByShippingZip: [],
      inStorePurchasesByHour: [],
      topInStoreCustomers: [],
    });
  });

  it('an order shipped to two addresses of one zip code counts once there, and once at each other zip code', async () => {
    await clear();
    await order(1, 1, [1, 3, 2]); // The addresses 1 and 3 have one zip code.
    await order(2, 2, [3]);
    const { countsByShippingZip } = await ask(app, 'countsByShippingZip { zipCode count }');
    expect(countsByShippingZip).toEqual([
      { zipCode: 'B 2', count: 2 },
      { zipCode: 'a 1', count: 1 },
    ]);
  });

  it('equal counts are ordered by zip code in both directions, upper case before lower', async () => {
    await clear();
    for (const address of [4, 2, 1]) {
      await order(1, address, [address]);
    }
    for (const direction of ['ASC', 'DESC']) {
      const { billing, shipping } = await ask(
        app,
        `billing: countsByBillingZip(direction: ${direction}) { zipCode } shipping: countsByShippingZip(direction: ${direction}) { zipCode }`,
      );
      const expected = ['B 2', 'a 1', 'é 9'].map(zipCode => ({ zipCode }));
      expect([billing, shipping]).toEqual([expected, expected]);
    }
  });

  it('of customers with equal counts the one known longer comes first', async () => {
    await clear();
    for (const customer of [3, 1, 2, 2]) {
      await order(customer, 1, []);
    }
    await order(3, 1, [1]); // Shipped, so no in-store purchase.
    const { topInStoreCustomers } = await ask(app, 'topInStoreCustomers { customer { firstName } orderCount }');
    expect(topInStoreCustomers).toEqual([
      { customer: { firstName: 'Customer 2' }, orderCount: 2 },
      { customer: { firstName: 'Customer 1' }, orderCount: 1 },
      { customer: { firstName: 'Customer 3' }, orderCount: 1 },
    ]);
  });

  it('equal counts of hours are ordered by hour in both directions', async () => {
    await clear();
    for (const hour of ['17', '03', '11', '11']) {
      await order(1, 1, [], `2025-01-01T${hour}:59:59.999Z`);
    }
    const { up, down } = await ask(
      app,
      `up: inStorePurchasesByHour(sort: COUNT, direction: ASC) { hour count }
       down: inStorePurchasesByHour(sort: COUNT, direction: DESC) { hour count }`,
    );
    const [three, eleven, seventeen] = [
      { hour: 3, count: 1 },
      { hour: 11, count: 2 },
      { hour: 17, count: 1 },
    ];
    expect(up).toEqual([three, seventeen, eleven]);
    expect(down).toEqual([eleven, three, seventeen]);
  });

  it('hours follow the daylight saving time of the day of the purchase', async () => {
    await clear();
    await order(1, 1, [], '2025-03-30T00:59:59.999Z'); // London: the last moment of winter time
    await order(1, 1, [], '2025-03-30T01:00:00Z'); // the first of summer time
    await order(1, 1, [], '2025-10-26T00:30:00Z'); // half past one in summer time
    await order(1, 1, [], '2025-10-26T01:30:00Z'); // half past one in winter time
    const hours = async (timeZone: string) =>
      (await ask(app, 'inStorePurchasesByHour(timeZone: $timeZone) { hour count }', { timeZone }))
        .inStorePurchasesByHour;
    expect(await hours('Europe/London')).toEqual([
      { hour: 0, count: 1 },
      { hour: 1, count: 2 },
      { hour: 2, count: 1 },
    ]);
    expect(await hours('Asia/Kolkata')).toEqual([
      { hour: 6, count: 3 },
      { hour: 7, count: 1 },
    ]);
    // Lord Howe shifts by half an hour: +11:00 in March and October, +10:30 in its winter.
    await order(1, 1, [], '2025-07-01T00:30:00Z');
    expect(await hours('Australia/Lord_Howe')).toEqual([
      { hour: 11, count: 3 },
      { hour: 12, count: 2 },
    ]);
  });
});
