/**
 * Measures the statistics at 2,000,000 orders, beside the aggregates over all orders that they stand for, and what keeping them
 * costs those who write orders. On the embedded server, in .pier2/bench-postgres; the databases are made once. 50,000 orders come
 * from the load seeder, the others are copies of them in other years of other times of the day.
 *
 *     node --import @oxc-node/core/register bench/statistics.ts
 *     node --import @oxc-node/core/register bench/statistics.ts writes
 */
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { load } from '../seeders/load/load.js';
import { projectFolder } from '../src/project-folder.js';
import { acquireEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded/index.js';
import { SortDirection } from '../src/database/list.js';
import { migrationOptions, runtimeOptions } from '../src/database/orm.options.js';
import { type Reader, ReadPool } from '../src/database/reader.js';
import { withClient } from '../src/database/with-client.js';
import { platformEntities, tenantEntities } from '../src/entities.js';
import { tenantContext } from '../src/migrate/tenant-migrator.js';
import { rebuildFigures } from '../src/statistics/kept-figures.js';
import {
  countsByBillingZip,
  countsByShippingZip,
  inStorePurchasesByHour,
  topInStoreCustomers,
} from '../src/statistics/order-statistics.js';

const loaded = 50_000;
const copies = 39;
const runs = { kept: 50, aggregate: 3 };

const hours = (timeZone: string) => ({
  kept: (reader: Reader) => inStorePurchasesByHour(reader, timeZone, 'hour', SortDirection.ASC),
  aggregate: `select extract(hour from placed_at at time zone '${timeZone}')::int as hour, count(*)::int as count
    from orders where fulfilment = 'PICK_UP' group by 1 order by 1`,
});
const figures: Record<string, { kept: (reader: Reader) => Promise<object[]>; aggregate: string }> = {
  'orders by billing zip code': {
    kept: reader => countsByBillingZip(reader, 10, SortDirection.DESC),
    aggregate: `select a.zip_code as "zipCode", count(*)::int as count from orders o join addresses a on a.id = o.billing_address_id
      group by 1 order by 2 desc, a.zip_code collate "C" limit 10`,
  },
  'orders by shipping zip code': {
    kept: reader => countsByShippingZip(reader, 10, SortDirection.DESC),
    aggregate: `select a.zip_code as "zipCode", count(distinct l.order_id)::int as count from order_shipping_addresses l
      join addresses a on a.id = l.address_id group by 1 order by 2 desc, a.zip_code collate "C" limit 10`,
  },
  'in-store customers': {
    kept: async reader =>
      (await topInStoreCustomers(reader, 10)).map(({ customer, orderCount }) => ({ id: customer.id, orderCount })),
    aggregate: `select customer_id as id, count(*)::int as "orderCount" from orders where fulfilment = 'PICK_UP'
      group by 1 order by 2 desc, 1 limit 10`,
  },
  'hours in UTC': hours('UTC'),
  'hours in Kathmandu': hours('Asia/Kathmandu'),
  'hours in London': hours('Europe/London'),
  "hours in St. John's": hours('America/St_Johns'),
};

/** A thousand changes as orders of all days make them, as many as stand there on the average before they are folded in. */
const unfolded = `
  insert into order_figure_changes (figure, key, change)
  select figure, key, 1 from (select * from orders order by id desc limit 2000) o join addresses a on a.id = o.billing_address_id,
    lateral (values ('BILLING_ZIP', a.zip_code), ('IN_STORE_CUSTOMER', o.customer_id::text),
      ('IN_STORE_TIME', floor(extract(epoch from o.placed_at) / 900)::int::text)) f(figure, key)
  where o.fulfilment = 'PICK_UP' limit 1000`;

/** A database with a tenant's tables; `fill` is called when it is new. */
async function database(server: EmbeddedPostgres, name: string, fill: (client: pg.Client) => Promise<void>) {
  const isNew = await withClient(server.url('postgres'), async client => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`create database ${name}`);
    }
    return rowCount === 0;
  });
  const url = server.url(name);
  if (isNew) {
    const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
    await orm.migrator.up();
    await orm.close(true);
    await withClient(url, fill);
  }
  return url;
}

async function fill(client: pg.Client): Promise<void> {
  await load(client, { orders: loaded, randomSeed: 42, schema: 'public' });
  // Without triggers, foreign keys too: the copies are as right as what they are copies of.
  await client.query(`set session_replication_role = replica`);
  for (let copy = 1; copy <= copies; copy += 1) {
    await client.query(
      `with made as materialized (
         select gen_random_uuid() as copy, o.* from orders o order by o.id limit ${loaded}
       ), written as (
         insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, status, placed_at, currency_code)
         select copy, customer_id, billing_address_id, store_id, fulfilment, status,
           placed_at - ${copy % 3} * interval '3 years' + ${copy} * interval '7 minutes 31 seconds', currency_code from made
       )
       insert into order_shipping_addresses select m.copy, l.address_id from made m join order_shipping_addresses l on l.order_id = m.id`,
    );
  }
  await client.query('reset session_replication_role');
  const started = performance.now();
  await rebuildFigures(client, 'public');
  console.log(`Rebuilt the figures in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  await client.query('vacuum analyze');
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

async function time(count: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < count; run += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

async function measureReads(url: string): Promise<void> {
  const entities = [...platformEntities, ...tenantEntities];
  const orm = await MikroORM.init(runtimeOptions({ url, poolMax: 1, statementTimeout: 60_000, entities }));
  const reader = ReadPool.of(orm).reader('public');
  const [size] = await reader.run<Record<string, number>>(
    `select (select count(*)::int from orders) as orders, (select count(*)::int from order_figures) as keys,
       (select count(*)::int from in_store_times where days = 1) as days, (select count(*)::int from order_figure_changes) as unfolded`,
    [],
  );
  console.table(size);
  const rows: Record<string, Record<string, string | number>> = {};
  for (const [name, { kept, aggregate }] of Object.entries(figures)) {
    const [ours, theirs] = [await kept(reader), await reader.run(aggregate, [])];
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      throw new Error(`${name}: ${JSON.stringify(ours)} is not ${JSON.stringify(theirs)}`);
    }
    const [keptMs, aggregateMs] = [
      await time(runs.kept, () => kept(reader)),
      await time(runs.aggregate, () => reader.run(aggregate, [])),
    ];
    rows[name] = {
      'kept, ms': keptMs.toFixed(2),
      'aggregate, ms': aggregateMs.toFixed(0),
      times: Math.round(aggregateMs / keptMs),
    };
  }
  await reader.run(unfolded, []);
  for (const [name, { kept }] of Object.entries(figures)) {
    rows[name]!['not folded in, ms'] = (await time(runs.kept, () => kept(reader))).toFixed(2);
  }
  await reader.run('delete from order_figure_changes', []);
  console.table(rows);
  await orm.close(true);
}

/** Milliseconds of the processor that a connection's process has used. */
async function cpuOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = await readFile(`/proc/${rows[0]!.pid}/stat`, 'utf8');
  const [user, system] = stat.split(') ')[1]!.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

const placements = 3000;
const imported = 20_000;

/** What orders cost PostgreSQL, with the triggers that keep figures and without. */
async function measureWrites(server: EmbeddedPostgres): Promise<void> {
  const rows: Record<string, object> = {};
  for (const [name, action] of [
    ['without', 'disable'],
    ['with', 'enable'],
  ] as const) {
    const databaseName = `statistics_writes_${name}`;
    const shown: Record<string, string> = {};
    const url = await database(server, databaseName, async client => {
      for (const table of ['orders', 'order_shipping_addresses']) {
        const counter = table === 'orders' ? 'count_orders' : 'count_shipping';
        await client.query(`alter table ${table} ${action} trigger ${counter}_insert`);
      }
      const [before, started] = [await cpuOf(client), performance.now()];
      await load(client, { orders: imported, randomSeed: 42, schema: 'public' });
      shown[`load of ${imported}, CPU s`] = (((await cpuOf(client)) - before) / 1000).toFixed(1);
      shown['and s'] = ((performance.now() - started) / 1000).toFixed(0);
    });
    await withClient(url, async client => {
      const before = await cpuOf(client);
      for (let number = 0; number < placements; number += 1) {
        await client.query({
          name: 'place',
          text: `with o as (
              insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
              select gen_random_uuid(), customer_id, billing_address_id, store_id, fulfilment, now(), currency_code
              from (select * from orders where id >= $1::uuid order by id limit 1) copied returning id, fulfilment, billing_address_id)
            insert into order_shipping_addresses select id, billing_address_id from o where fulfilment = 'SHIPPED'`,
          values: [`0194${(number * 5).toString(16).padStart(4, '0')}-0000-7000-8000-000000000000`],
        });
      }
      shown['placement’s rows, CPU us'] = ((((await cpuOf(client)) - before) * 1000) / placements).toFixed(0);
    });
    await withClient(server.url('postgres'), client => client.query(`drop database ${databaseName} with (force)`));
    rows[`${name} the triggers`] = shown;
  }
  console.table(rows);
}

const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
if (process.argv[2] === 'writes') {
  await measureWrites(server);
} else {
  await measureReads(await database(server, 'statistics_bench', fill));
}
await server.release();
