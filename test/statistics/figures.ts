import { expect } from '@jest/globals';
import { checkFigures } from '../../src/statistics/kept-figures.js';
import type { Caller } from '../support/app.js';
import type { TestDatabase } from '../support/database.js';
import { connected } from '../support/server.js';

/** Zones with summer time, with odd offsets, and with clocks that were once ahead by odd seconds. */
export const timeZones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Africa/Monrovia',
  'Africa/Casablanca',
  'Europe/Amsterdam',
  'Europe/Chisinau',
];

const zipCounts = {
  countsByBillingZip: `select a.zip_code as "zipCode", count(*)::int as count
    from orders o join addresses a on a.id = o.billing_address_id group by 1`,
  countsByShippingZip: `select a.zip_code as "zipCode", count(distinct l.order_id)::int as count
    from order_shipping_addresses l join addresses a on a.id = l.address_id group by 1`,
};

/** The figures as one pass over all orders gives them: what the API has to answer. */
async function aggregates({ query }: TestDatabase): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(zipCounts)) {
    for (const direction of ['asc', 'desc']) {
      found[`${name}_${direction}`] = await query(
        `select * from (${sql}) f order by count ${direction}, "zipCode" collate "C" limit 100`,
      );
    }
  }
  found['topInStoreCustomers'] = (
    await query<{ id: string; count: number }>(
      `select customer_id as id, count(*)::int as count from orders where fulfilment = 'PICK_UP'
       group by 1 order by 2 desc, 1 limit 100`,
    )
  ).map(({ id, count }) => ({ customer: { id: `Customer_${id}` }, orderCount: count }));
  for (const [index, timeZone] of timeZones.entries()) {
    found[`hours${index}`] = await query(
      `select extract(hour from placed_at at time zone $1)::int as hour, count(*)::int as count
       from orders where fulfilment = 'PICK_UP' group by 1 order by 1`,
      [timeZone],
    );
  }
  return found;
}

const fields = [
  ...['asc', 'desc'].flatMap(direction =>
    Object.keys(zipCounts).map(
      name => `${name}_${direction}: ${name}(first: 100, direction: ${direction.toUpperCase()}) { zipCode count }`,
    ),
  ),
  'topInStoreCustomers(first: 100) { customer { id } orderCount }',
  ...timeZones.map(
    (timeZone, index) => `hours${index}: inStorePurchasesByHour(timeZone: "${timeZone}") { hour count }`,
  ),
];

/** Asks for all figures; for no more at once than a server has connections, so that none waits for one in vain. */
async function askForAll({ ask }: Pick<Caller, 'ask'>): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const some of [fields.slice(0, 9), fields.slice(9)]) {
    Object.assign(found, (await ask(`{ orderStatistics { ${some.join(' ')} } }`)).orderStatistics);
  }
  return found;
}

/** That the API's figures are those of the orders, and that all of what is kept is. Nobody may be writing orders. */
export async function expectFiguresOfOrders(caller: Pick<Caller, 'ask'>, database: TestDatabase): Promise<void> {
  expect(await askForAll(caller)).toEqual(await aggregates(database));
  expect(await differences(database)).toEqual([]);
}

/** What is kept and is not what the orders give, at one moment, while others may be writing. */
export function differences({ url }: TestDatabase, schema = 'public') {
  return connected(url, client => checkFigures(client, schema));
}

/** Folds in what has changed, as those who write orders do by chance. */
export async function fold({ query }: TestDatabase): Promise<void> {
  await query('select fold_order_figures()');
}
