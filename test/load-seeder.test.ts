import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseLoadArguments } from '../seeders/load/arguments.js';
import { load } from '../seeders/load/load.js';
import { checkFigures } from '../src/statistics/kept-figures.js';
import { createBareDatabase, createTestDatabase, type TestDatabase } from './support/database.js';
import { tableChecksums } from './support/table-checksums.js';
import { endPrograms, run } from './support/process.js';
import { connected } from './support/server.js';

let database: TestDatabase;

/** Gives each test of a group an empty database. */
function onEmptyDatabase(): void {
  beforeEach(async () => {
    database = await createTestDatabase('empty');
  });
  afterEach(async () => {
    await endPrograms();
    await database.drop();
  });
}

function loadInto({ url }: TestDatabase, orders: number, randomSeed: number, schema = 'public') {
  return connected(url, client => load(client, { orders, randomSeed, schema }));
}

/** Runs what `npm run seed:load` runs, and gives its exit code and what it wrote. */
async function command(
  args: string[],
  { url }: TestDatabase = database,
): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['--import', '@oxc-node/core/register', 'seeders/load/main.ts', ...args], {
    DATABASE_URL: url,
  });
  const code = await program.ends();
  return { code, output: program.output() };
}

describe('A load', () => {
  onEmptyDatabase();

  test('is the same for the same random seed, and another for another', async () => {
    const again = await createTestDatabase('empty');
    const other = await createTestDatabase('empty');
    // More than a batch, so that the seams between batches count too.
    await Promise.all([loadInto(database, 2500, 7), loadInto(again, 2500, 7), loadInto(other, 2500, 8)]);
    const rows = await tableChecksums(database);
    expect(await tableChecksums(again)).toEqual(rows);
    expect(await tableChecksums(other)).not.toEqual(rows);
    await Promise.all([again.drop(), other.drop()]);
  });

  test('looks like a shop', async () => {
    const loaded = await loadInto(database, 5000, 42);
    expect(loaded.get('orders')).toBe(5000);
    expect(loaded.get('customers')).toBe(500);
    const [shares] = await database.query<Record<string, number>>(
      `select avg((fulfilment = 'PICK_UP')::int)::float as "inStore",
         avg((fulfilment = 'SHIPPED' and store_id is not null)::int)::float as "shippedFromStore",
         avg((status = 'COMPLETED')::int)::float as completed,
         (select count(*) from order_items)::float / count(*) as lines,
         (select count(distinct zip_code)::int from addresses) as "zipCodes"
       from orders`,
    );
    expect(shares!['inStore']).toBeCloseTo(0.3, 1);
    expect(shares!['shippedFromStore']).toBeCloseTo(0.1, 1);
    expect(shares!['completed']).toBeGreaterThan(0.9);
    expect(shares!['lines']).toBeCloseTo(2.5, 1);
    expect(shares!['zipCodes']).toBeGreaterThan(100);
    const strays = await database.query(
      `select from orders where placed_at not between '2023-01-01Z' and '2026-01-01Z'
       union all select from order_items where scale(unit_price) <> 2`,
    );
    expect(strays).toHaveLength(0);
  });

  test('gives orders ids that sort as they were placed', async () => {
    await loadInto(database, 2500, 42);
    const [found] = await database.query<{ same: boolean }>(
      `select array_agg(id order by id) = array_agg(id order by placed_at, id) as same from orders`,
    );
    expect(found!.same).toBe(true);
  });

  test('stands beside the sample data and beside a load of another random seed', async () => {
    const sample = await createTestDatabase('sample');
    await loadInto(sample, 100, 1);
    await loadInto(sample, 100, 2);
    const [found] = await sample.query<{ count: number }>('select count(*)::int as count from orders');
    expect(found!.count).toBe(224);
    await sample.drop();
  });

  test('keeps the statistics of what it added, and lets them be kept from then on', async () => {
    await loadInto(database, 2500, 1);
    await loadInto(database, 100, 2);
    // A copy of an order, as the API would add one.
    await database.query(
      `insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, status, placed_at, currency_code)
       select gen_random_uuid(), customer_id, billing_address_id, store_id, fulfilment, status, placed_at, currency_code
       from orders where fulfilment = 'PICK_UP' limit 1`,
    );
    const [kept] = await database.query<{ count: number }>('select sum(count)::int as count from order_figures');
    expect(kept!.count).toBeGreaterThan(2600);
    expect(await connected(database.url, client => checkFigures(client, 'public'))).toEqual([]);
  });

  test('of one order is a shop too', async () => {
    expect((await loadInto(database, 1, 42)).get('orders')).toBe(1);
  });

  test('is refused the second time, even when both start at once', async () => {
    const both = await Promise.allSettled([loadInto(database, 100, 42), loadInto(database, 200, 42)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(loadInto(database, 100, 42)).rejects.toThrow(
      'The schema "public" already holds the load of the random seed 42. Give another --random-seed to add to it',
    );
  });

  test('that fails leaves nothing behind', async () => {
    // A customer of the second batch has this telephone already.
    await database.query(`insert into customers (id, telephone, first_name, last_name)
      select gen_random_uuid(), '883-000042-' || lpad(n::text, 8, '0'), 'Early', 'Bird' from generate_series(2050, 2100) n`);
    const before = await tableChecksums(database);
    await expect(loadInto(database, 30_000, 42)).rejects.toThrow('customers_telephone_unique');
    expect(await tableChecksums(database)).toEqual(before);
  });

  test('goes into the schema that was asked for', async () => {
    await database.query(`alter schema public rename to "Tenant's"`);
    expect((await loadInto(database, 100, 42, `Tenant's`)).get('orders')).toBe(100);
  });
});

describe('The arguments', () => {
  const defaults = { orders: 10, randomSeed: 42, schema: 'public' };

  test.each([
    ['--orders 10', defaults],
    ['--orders=10 --random-seed 0', { ...defaults, randomSeed: 0 }],
    ['--orders 100000000 --schema tenant_7', { orders: 100_000_000, randomSeed: 42, schema: 'tenant_7' }],
  ])('takes %s', (text, expected) => {
    expect(parseLoadArguments(text.split(' '))).toEqual(expected);
  });

  test.each([
    ['', '--orders is missing, but should be a whole number from 1 to 100,000,000'],
    ['--orders', '--orders is missing'],
    ['--orders 0', '--orders is "0"'],
    ['--orders -5', '--orders is "-5"'],
    ['--orders abc', '--orders is "abc"'],
    ['--orders 1.5', '--orders is "1.5"'],
    ['--orders 1e3', '--orders is "1e3"'],
    ['--orders 100000001', '--orders is "100000001"'],
    ['--orders 10 --random-seed 1000000', '--random-seed is "1000000", but should be a whole number from 0 to 999,999'],
    ['--orders 10 --schema', '--schema should be the name of a schema'],
    ['--orders 10 --order 10', '--order is not an argument'],
    ['--orders 10 20', '20 is not an argument'],
  ])('refuses "%s"', (text, sentence) => {
    expect(() => parseLoadArguments(text.split(' ').filter(Boolean))).toThrow(sentence);
  });
});

describe('The command', () => {
  onEmptyDatabase();

  test('loads and says what it loaded', async () => {
    const { code, output } = await command(['--orders', '1000']);
    expect(output).toMatch(/^Loading 1,000 orders into PostgreSQL.*, schema "public"\.\nLoaded in [\d.]+ s:\n/);
    expect(output).toMatch(/^ +1,000 orders$/m);
    expect(code).toBe(0);
  });

  test('answers what is wrong in one sentence, without a stack', async () => {
    const { code, output } = await command(['--orders', '-5']);
    expect(output).toMatch(/^--orders is "-5", but should be .*\n$/);
    expect(code).toBe(1);
  });

  test('says how to make missing tables', async () => {
    const bare = await createBareDatabase();
    const { code, output } = await command(['--orders', '10'], bare);
    expect(output).toContain('Run "npx mikro-orm migration:up" first.');
    expect(output).not.toContain('    at ');
    expect(code).toBe(1);
    await bare.drop();
  });
});
