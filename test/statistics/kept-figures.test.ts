import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rebuildFigures } from '../../src/statistics/kept-figures.js';
import { place, pickedUp, shipped } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { importLines, removeFiles } from '../support/bulk.js';
import { connected } from '../support/server.js';
import { differences, expectFiguresOfOrders, fold } from './figures.js';

let app: TestApp;
beforeAll(async () => {
  // Should something go wrong inside, its log says what.
  app = await startTestApp({ settings: { LOG_LEVEL: 'error' } });
  await app.database.query('update stock_levels set on_hand = 1000000');
});
afterAll(async () => {
  await removeFiles();
  await app.close();
});

const zips = ['N1 0AA', 'B 2', 'é 9', '42'];
const addressIn = (zip: number, line1: string) => ({ line1, city: 'City', zipCode: zips[zip]!, countryCode: 'GB' });

/** Something that one client does. People and orders are counted round those that there are when its turn comes. */
type Step =
  | { kind: 'place'; person: number; inStore: boolean; billing: number; shipping: number[] }
  | { kind: 'start' | 'complete' | 'cancel'; order: number }
  | { kind: 'merge'; person: number; other: number }
  | { kind: 'erase' | 'addAddress'; person: number }
  | { kind: 'import'; orders: number; zip: number }
  | { kind: 'moveAddress'; order: number; zip: number }
  | { kind: 'bill' | 'ship' | 'postpone' | 'delete'; order: number }
  | { kind: 'giveUp' | 'fold' | 'rebuild' };

const zip = fc.nat(zips.length - 1);
const [person, order] = [fc.nat(5), fc.nat(30)];
const constant = fc.constantFrom;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: constant('place' as const),
      person,
      inStore: fc.boolean(),
      billing: zip,
      shipping: fc.array(zip, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: constant('start' as const, 'complete' as const, 'cancel' as const), order }),
  },
  { weight: 1, arbitrary: fc.record({ kind: constant('merge' as const), person, other: person }) },
  { weight: 1, arbitrary: fc.record({ kind: constant('erase' as const, 'addAddress' as const), person }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: constant('import' as const), orders: fc.integer({ min: 1, max: 8 }), zip }),
  },
  { weight: 1, arbitrary: fc.record({ kind: constant('moveAddress' as const), order, zip }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: constant('bill' as const, 'ship' as const, 'postpone' as const, 'delete' as const),
      order,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: constant('giveUp' as const, 'fold' as const, 'rebuild' as const) }) },
);
const bursts = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 5 }), {
  minLength: 1,
  maxLength: 3,
});

let made = 0;
let people: string[] = [];

/** The key of the order of a number, counted round. */
const orderKey = `(select id from orders order by id limit 1 offset (select $1::int % count(*) from orders))`;

/** What is done by hand, which no mutation does. */
const byHand: Record<'bill' | 'ship' | 'postpone' | 'delete', string> = {
  bill: `update orders set billing_address_id = (select id from addresses order by md5(id::text || $1::int) limit 1) where id = ${orderKey}`,
  ship: `update order_shipping_addresses l set address_id = a.id
    from (select id from addresses order by md5(id::text || $1::int) limit 1) a where l.order_id = ${orderKey} and l.address_id = (
      select max(address_id::text)::uuid from order_shipping_addresses m where m.order_id = l.order_id
      having not bool_or(m.address_id = a.id))`,
  postpone: `update orders set placed_at = placed_at + interval '1 day 47 minutes' where id = ${orderKey}`,
  delete: `with doomed as (select ${orderKey} as id), a as (delete from order_shipments where item_id in (select id from order_items where order_id = (select id from doomed)))
    , b as (delete from idempotency_keys where order_id = (select id from doomed)), c as (delete from tasks where order_id = (select id from doomed))
    , d as (delete from order_items where order_id = (select id from doomed)), e as (delete from order_shipping_addresses where order_id = (select id from doomed))
    delete from orders where id = (select id from doomed)`,
};

/** Does a step; what is refused, or lost to others, has done nothing. */
async function perform(step: Step): Promise<void> {
  const { query } = app.database;
  const customer = (number: number) => people[number % people.length]!;
  switch (step.kind) {
    case 'place': {
      const line1 = `Deck ${(made += 1)}`;
      await app.change('placeOrder', {
        ...(step.inStore ? pickedUp : shipped),
        customer: { id: customer(step.person) },
        items: [{ sku: 'TOWEL-BEACH', quantity: step.shipping.length }],
        billingAddress: { newAddress: addressIn(step.billing, line1) },
        shipments: step.inStore
          ? undefined
          : step.shipping.map((zip, index) => ({
              newAddress: addressIn(zip, `${line1} ${index}`),
              items: [{ sku: 'TOWEL-BEACH', quantity: 1 }],
            })),
      });
      return;
    }
    case 'start':
    case 'complete':
    case 'cancel': {
      const [found] = await query<{ id: string }>(`select ${orderKey} as id`, [step.order]);
      await app.change(`${step.kind}Order`, {
        id: `Order_${found!.id}`,
        ...(step.kind === 'cancel' && { reason: 'mice' }),
      });
      return;
    }
    case 'merge':
      await app.change('mergeCustomers', { survivorId: customer(step.person), duplicateId: customer(step.other) });
      return;
    case 'erase':
      await app.change('eraseCustomer', { id: customer(step.person), confirm: true });
      return;
    case 'addAddress':
      await app.change('addCustomerAddress', {
        customerId: customer(step.person),
        kind: 'SHIPPING',
        address: addressIn(0, `Deck ${(made += 1)}`),
      });
      return;
    case 'import': {
      const line = (number: number) => ({
        customer: { email: 'arthur@dent.example' },
        placedAt: `20${10 + (made % 15)}-03-30T0${number % 4}:59:59.999Z`,
        status: 'COMPLETED',
        store: 'Milliways',
        currencyCode: 'USD',
        billingAddress: addressIn(step.zip, `Deck ${(made += 1)}`),
        shippingAddresses:
          number % 2 ? [] : [addressIn(step.zip, `Deck ${made}`), addressIn(step.zip, `Deck ${made}b`)],
        items: [{ sku: 'TOWEL-BEACH', quantity: 1, unitPrice: '1' }],
      });
      await importLines(
        app.database,
        'orders',
        Array.from({ length: step.orders }, (_, number) => line(number)),
      );
      return;
    }
    case 'moveAddress':
      await query(
        `update addresses set zip_code = $2 where id in (
           select billing_address_id from orders where id = ${orderKey}
           union select address_id from order_shipping_addresses where order_id = ${orderKey})`,
        [step.order, zips[step.zip]],
      ).catch(ignoreLostRaces);
      return;
    case 'bill':
    case 'ship':
    case 'postpone':
    case 'delete':
      await query(byHand[step.kind], [step.order]).catch(ignoreLostRaces);
      return;
    case 'giveUp':
      await connected(app.database.url, async client => {
        await client.query('begin');
        await client.query(
          `update orders set placed_at = placed_at - interval '1 day', customer_id =
          (select id from customers order by id limit 1) where id = ${orderKey}`,
          [made],
        );
        await client.query('select fold_order_figures()');
        await client.query('rollback');
      }).catch(ignoreLostRaces);
      return;
    case 'fold':
      await fold(app.database);
      return;
    case 'rebuild':
      await connected(app.database.url, client => rebuildFigures(client, 'public'));
  }
}

/** A deadlock with somebody else, or a key or an address that somebody else has just taken or removed. */
function ignoreLostRaces(error: Error & { code?: string }): void {
  if (!['40P01', '23505', '23503', '23001', '23514'].includes(error.code ?? '')) {
    throw error;
  }
}

async function makePeople(): Promise<void> {
  people = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const input = { email: `${(made += 1)}@crowd.example`, firstName: 'One', lastName: 'Of many' };
      return (await app.change('createCustomer', input, 'customer { id }')).customer.id as string;
    }),
  );
}

describe('The figures that are kept', () => {
  test('are those of the orders after whatever clients do at once, and at any moment meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(bursts, async bursts => {
        await makePeople();
        for (const clients of bursts) {
          let working = true;
          const looking = (async () => {
            while (working) {
              expect(await differences(app.database)).toEqual([]);
            }
          })();
          try {
            await Promise.all(
              clients.map(async steps => {
                for (const step of steps) {
                  await perform(step);
                }
              }),
            );
          } finally {
            working = false;
            await looking;
          }
          await expectFiguresOfOrders(app, app.database);
        }
      }),
      { numRuns: 8 },
    );
  }, 240_000);

  test('count nothing of a transaction that is rolled back, even when it folded them in', async () => {
    await connected(app.database.url, async client => {
      await client.query('begin');
      await client.query(`update orders set placed_at = placed_at + interval '1 hour'`);
      await client.query('delete from order_shipping_addresses');
      await client.query('select fold_order_figures()');
      await client.query('rollback');
    });
    await expectFiguresOfOrders(app, app.database);
  });

  test('do not make those who place orders wait for each other', async () => {
    await connected(app.database.url, async client => {
      await client.query('begin');
      // Somebody who has counted an order of each zip code, customer and time, has folded them in, and is not done.
      await client.query(`update orders set placed_at = placed_at + interval '15 minutes', billing_address_id =
        (select id from addresses order by id limit 1)`);
      await client.query('select fold_order_figures()');
      await place(app, {});
      await place(app, pickedUp);
      await fold(app.database);
      await client.query('commit');
    });
    await expectFiguresOfOrders(app, app.database);
  });

  test('see two transactions that each send an order to an address of one zip code', async () => {
    const { id } = await place(app, {});
    const key = (id as string).replace('Order_', '');
    await app.database.query(
      `insert into addresses (id, line1, city, zip_code, country_code)
       select ('00000000-0000-7000-8001-00000000000' || n)::uuid, 'Deck ' || n, 'City', 'TWICE', 'GB' from generate_series(1, 2) n`,
    );
    const add = `insert into order_shipping_addresses values ($1, ('00000000-0000-7000-8001-00000000000' || $2)::uuid)`;
    await connected(app.database.url, first =>
      connected(app.database.url, async second => {
        await first.query('begin');
        await first.query(add, [key, '1']);
        const added = second.query(add, [key, '2']);
        await first.query('commit');
        await added;
      }),
    );
    await expectFiguresOfOrders(app, app.database);
  });

  test('follow a statement that writes thousands of orders, and one that empties the tables', async () => {
    const database = app.database;
    await database.query(
      `with made as (
         insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
         select gen_random_uuid(), c.id, a.id, (select id from stores limit 1), case when n % 2 = 0 then 'PICK_UP' else 'SHIPPED' end,
           timestamptz '2020-01-01' + n * interval '37 minutes', 'USD'
         from generate_series(1, 3000) n
         join (select id, row_number() over () as number from customers) c on c.number = n % 5 + 1
         join (select id, row_number() over () as number from addresses) a on a.number = n % 7 + 1
         returning id, billing_address_id, fulfilment)
       insert into order_shipping_addresses select id, billing_address_id from made where fulfilment = 'SHIPPED'`,
    );
    // So many are folded in at once.
    const [left] = await database.query<{ changes: number }>(
      'select count(*)::int as changes from order_figure_changes',
    );
    expect(left!.changes).toBeLessThan(1000);
    await expectFiguresOfOrders(app, database);
    await connected(database.url, async client => {
      await client.query('begin');
      await client.query('truncate orders, order_shipping_addresses, order_items cascade');
      await client.query('rollback');
    });
    await expectFiguresOfOrders(app, database);
    await database.query('truncate order_shipping_addresses, order_shipments');
    expect((await app.ask('{ orderStatistics { countsByShippingZip { count } } }')).orderStatistics).toEqual({
      countsByShippingZip: [],
    });
    await database.query('truncate orders, order_shipping_addresses, order_items cascade');
    await expectFiguresOfOrders(app, database);
  });
});

describe('Purchases by hour', () => {
  /** Moments at which clocks were changed, each in the middle of purchases a few minutes apart. */
  const changes = [
    '1847-12-01T00:01:15Z', // London leaves its local mean time
    '1919-12-31T18:18:44Z', // Kathmandu does
    '1937-06-30T23:40:28Z', // Amsterdam leaves 19 minutes and 32 seconds
    '1972-01-07T00:44:30Z', // Monrovia leaves 44 minutes and 30 seconds
    '1979-10-01T10:40:00Z', // Kiritimati leaves 10 hours and 40 minutes behind
    '1985-12-31T18:30:00Z', // Kathmandu goes ahead by a quarter of an hour
    '2006-04-02T03:31:00Z', // St. John's has summer time from one minute past midnight on
    '2006-10-29T02:31:00Z',
    '2024-03-31T01:00:00Z', // London
    '2024-10-27T01:00:00Z',
    '2024-04-06T15:00:00Z', // Lord Howe goes back by half an hour
    '2024-10-05T15:30:00Z',
    '2020-10-25T00:00:00Z', // Chisinau goes back where 64 days end that are counted together
    '2024-03-10T02:00:00Z', // Casablanca has other clocks in Ramadan
    '2024-04-14T02:00:00Z',
  ];

  /** Makes purchases at the moments of a query. */
  async function purchase(moments: string, values: unknown[] = []): Promise<void> {
    await app.database.query(
      `insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
       select gen_random_uuid(), (select id from customers limit 1), (select id from addresses limit 1), (select id from stores limit 1),
         'PICK_UP', at, 'USD'
       from (${moments}) purchases(at)`,
      values,
    );
  }

  beforeEach(() => app.database.query('truncate orders cascade'));

  test('are right round changes of clocks and in times of local mean time, in zones of all kinds', async () => {
    await purchase(
      `select change + n * interval '6 minutes 41.003 seconds' from unnest($1::timestamptz[]) change, generate_series(-40, 40) n
       union all
       select change + n * interval '1 millisecond' from unnest($1::timestamptz[]) change, generate_series(-1, 1) n
       union all
       select timestamptz '2023-01-01' + n * interval '5 hours 7 minutes' from generate_series(1, 4000) n
       union all
       select timestamptz '1840-01-01' + n * interval '61 days 59.5 minutes' from generate_series(1, 1000) n`,
      [changes],
    );
    await expectFiguresOfOrders(app, app.database);
    await fold(app.database);
    await expectFiguresOfOrders(app, app.database);
  });

  test('are right when orders are of later, earlier and other days than all that were asked for before', async () => {
    for (const day of [
      '2015-07-01',
      '2015-01-01',
      '2033-07-01',
      '1972-01-07',
      '0001-01-01',
      '9999-07-01',
      '2015-10-25',
    ]) {
      await purchase(
        `select timestamptz '${day} UTC' + n * interval '7 minutes 31 seconds' from generate_series(0, 250) n`,
      );
      await expectFiguresOfOrders(app, app.database);
      await fold(app.database);
      await expectFiguresOfOrders(app, app.database);
    }
  });
});
