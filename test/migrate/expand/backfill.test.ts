import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newId } from '../../../src/database/new-id.js';
import { endPrograms, type Program, run } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, schemaOf, startFleet } from '../fleet/fleet-fixtures.js';
import { addCustomers, addExpansion, asProgram, changes } from './expand-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

afterEach(endPrograms);

describe('pier2 migrate backfill', () => {
  const schema = schemaOf('arthur');
  const customers = 20_000;
  let fleet: Fleet;
  let expansion: string;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford']);
    await addCustomers(fleet, schema, customers);
    expansion = await addExpansion(fleet, 'phone', changes.rename);
    expect(await fleet.migrate('apply', '--no-canaries')).toMatchObject({ code: 0 });
  });
  afterAll(() => fleet.close());

  const notes = () =>
    fleet.database.query<{ tenant: string; seen: number; filled: number; started: boolean; finished: boolean }>(
      `select t.name as tenant, b.rows_seen::int as seen, b.rows_filled::int as filled, b.started_at is not null as started,
         b.finished_at is not null as finished
       from platform.backfills b join platform.tenants t on t.id = b.tenant_id order by 1`,
    );
  const noteOf = async (tenant: string) => (await notes()).find(note => note.tenant === tenant)!;

  /** Begins anew, as if no row of before had been filled. */
  const empty = () =>
    asProgram(fleet, async client => {
      await client.query(`alter table ${schema}.customers disable trigger customers_phone_sync`);
      await client.query(`update ${schema}.customers set phone = null`);
      await client.query(`alter table ${schema}.customers enable trigger customers_phone_sync`);
      await client.query('update platform.backfills set position = null, rows_seen = 0, rows_filled = 0');
      await client.query(
        `update platform.backfills set finished_at = null, started_at = null where tenant_id = (select id from platform.tenants where name = 'arthur')`,
      );
    });

  const different = async () => {
    const [found] = await fleet.database.query<{ count: number }>(
      `select count(*)::int from ${schema}.customers where phone is distinct from telephone`,
    );
    return found!.count;
  };

  /** Notes each batch from now on, as what it adds to the backfill's own note. Gives what reads them, and what ends it. */
  async function watchBatches() {
    await fleet.database.query(
      `create schema watched;
       create table watched.batches (place serial, rows int, last uuid);
       create function watched.note() returns trigger language plpgsql as $$ begin
         insert into watched.batches (rows, last) values (new.rows_seen - old.rows_seen, new.position[1]::uuid);
         return null;
       end $$;
       create trigger watched after update of position on platform.backfills for each row execute function watched.note()`,
    );
    return {
      read: () =>
        fleet.database.query<{ rows: number; sum: number; upToLast: number }>(
          `select rows, sum(rows) over (order by place)::int as sum,
             (select count(*)::int from ${schema}.customers where id <= last) as "upToLast"
           from watched.batches where rows > 0 order by place`,
        ),
      end: () => fleet.database.query('drop schema watched cascade'),
    };
  }

  /** Waits until so many rows were gone through, which it gives. */
  async function untilSeen(rows: number): Promise<number> {
    for (;;) {
      const { seen } = await noteOf('arthur');
      if (seen >= rows) {
        return seen;
      }
      await sleep(10);
    }
  }

  test('has nothing to do where a table had no rows, and is waited for where it had', async () => {
    expect(await notes()).toEqual([
      { tenant: 'arthur', seen: 0, filled: 0, started: false, finished: false },
      { tenant: 'default', seen: 0, filled: 0, started: false, finished: true },
      { tenant: 'ford', seen: 0, filled: 0, started: false, finished: true },
    ]);
    const { code, output } = await fleet.migrate('status');
    expect([code, output]).toEqual([1, expect.stringMatching(/1 not backfilled[^]*arthur .*0 rows backfilled for/)]);
    expect(await fleet.migrate('wait', '--timeout', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining(`arthur is not backfilled for ${expansion}.`),
    });
    // A process of the build before does not use the new columns, and may start at any time.
    const before = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'wait', '--timeout', '0'], {
      DATABASE_URL: fleet.database.url,
    });
    expect(await before.ends()).toBe(0);
  });

  test('fills all rows, and then has nothing to do', async () => {
    const batches = await watchBatches();
    const { code, json } = await fleet.migrate('backfill', '--pause', '0', '--batch-size', '300', '--json');
    // In the order of the key, by as many rows at a time as it is told, and twice as many as before at the most.
    const seen = await batches.read();
    await batches.end();
    expect(seen.map(({ upToLast }) => upToLast)).toEqual(seen.map(({ sum }) => sum));
    expect(seen.filter(({ rows }, index) => rows > Math.min(300, 2 * (seen[index - 1]?.rows ?? 50)))).toEqual([]);
    expect([code, json.tables]).toEqual([
      0,
      [{ tenant: 'arthur', migration: expansion, table: 'customers', rows: customers, outcome: { kind: 'done' } }],
    ]);
    expect(await different()).toBe(0);
    expect(await fleet.migrate('backfill')).toMatchObject({
      code: 0,
      output: expect.stringContaining('nothing to do'),
    });
    expect((await fleet.migrate('wait', '--timeout', '0')).code).toBe(0);
    expect((await fleet.migrate('drift')).code).toBe(0);
  });

  /** Starts a backfill that takes a while. */
  const startSlowly = (...args: string[]) =>
    fleet.start('backfill', '--batch-size', '100', '--pause', '5', '--json', ...args);

  async function kill(program: Program): Promise<void> {
    process.kill(-program.process.pid!, 'SIGKILL');
    expect(await program.ends()).toBeNull();
  }

  test('that is killed goes on behind the last batch, and leaves no row out', async () => {
    await empty();
    for (const rows of [1, 3000, 9000]) {
      const program = startSlowly();
      const seen = await untilSeen(rows);
      await kill(program);
      const [filled] = await fleet.database.query<{ count: number }>(
        `select count(phone)::int from ${schema}.customers`,
      );
      // What stands in the note stands in the table: a batch and its note are one transaction.
      expect([filled!.count, (await noteOf('arthur')).seen >= seen]).toEqual([(await noteOf('arthur')).filled, true]);
    }
    const before = (await noteOf('arthur')).seen;
    const { code, json } = await fleet.migrate('backfill', '--pause', '0', '--json');
    expect([code, json.tables[0].rows]).toEqual([0, customers - before]);
    expect([await different(), await noteOf('arthur')]).toMatchObject([0, { seen: customers, filled: customers }]);
  });

  test('takes fewer rows at a time where they take long', async () => {
    await empty();
    const batches = await watchBatches();
    await fleet.database.query(
      `create function watched.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.01); return new; end $$;
       create trigger slow before update on ${schema}.customers for each row execute function watched.slow()`,
    );
    const program = fleet.start('backfill', '--pause', '0');
    await untilSeen(101);
    process.kill(-program.process.pid!, 'SIGINT');
    expect(await program.ends()).toBe(130);
    const [first, second] = await batches.read();
    await batches.end();
    expect(first!.rows).toBe(100);
    expect(second!.rows).toBeLessThanOrEqual(10);
  });

  test('waits between two batches without a transaction, and ends at once on Ctrl-C meanwhile', async () => {
    await empty();
    const program = fleet.start('backfill', '--pause', '3600000', '--json');
    await untilSeen(100);
    await sleep(1000);
    expect(
      await fleet.database.query(
        `select state from pg_stat_activity where application_name = 'pier2 migrate backfill' and datname = current_database()`,
      ),
    ).toEqual([{ state: 'idle' }]);
    process.kill(-program.process.pid!, 'SIGINT');
    expect(await program.ends()).toBe(130);
    expect(JSON.parse(program.output()).tables).toMatchObject([{ rows: 100, outcome: { kind: 'interrupted' } }]);
  });

  test('fills no rows that it cannot note', async () => {
    await empty();
    await fleet.database.query(
      `alter table platform.backfills add constraint half check (migration <> '${expansion}' or rows_seen < 10000)`,
    );
    const { code, output } = await fleet.migrate('backfill', '--pause', '0');
    await fleet.database.query('alter table platform.backfills drop constraint half');
    expect([code, output]).toEqual([1, expect.stringContaining('violates check constraint "half"')]);
    const [{ filled }] = (await fleet.database.query<{ filled: number }>(
      `select count(phone)::int as filled from ${schema}.customers`,
    )) as [{ filled: number }];
    expect([filled, filled < 10_000]).toEqual([(await noteOf('arthur')).filled, true]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends after the batch under way on %s, with %i', async (signal, code) => {
    await empty();
    const program = startSlowly();
    await untilSeen(500);
    process.kill(-program.process.pid!, signal);
    expect(await program.ends()).toBe(code);
    const { tables } = JSON.parse(program.output());
    expect(tables).toMatchObject([{ tenant: 'arthur', outcome: { kind: 'interrupted' } }]);
    expect(tables[0].rows).toBe((await noteOf('arthur')).seen);
  });

  test('two at once share the work', async () => {
    await empty();
    const runs = await Promise.all([1, 2].map(() => fleet.migrate('backfill', '--pause', '0', '--json')));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const rows = runs.map(({ json }) => json.tables[0]?.rows ?? 0) as number[];
    expect(rows[0]! + rows[1]!).toBe(customers);
    expect(await different()).toBe(0);
  });

  test('leaves what programs write meanwhile, by the old name or the new one', async () => {
    await empty();
    const ids = await fleet.database.query<{ id: string }>(
      `select id from ${schema}.customers tablesample system (20) order by random() limit 400`,
    );
    const added: string[] = [];
    const program = startSlowly();
    const writer = (column: string, part: number) =>
      asProgram(fleet, async client => {
        for (const [index, { id }] of ids.filter((_, place) => place % 2 === part).entries()) {
          await client.query(`update ${schema}.customers set ${column} = $1 where id = $2`, [
            `+9${part}${1000 + index}`,
            id,
          ]);
          added.push(newId());
          await client.query(
            `insert into ${schema}.customers (id, first_name, last_name, ${column}) values ($1, 'Slarti', 'Bartfast', $2)`,
            [added.at(-1), `+8${part}${1000 + index}`],
          );
        }
      });
    await Promise.all([writer('telephone', 0), writer('phone', 1)]);
    expect(await program.ends()).toBe(0);
    expect(await different()).toBe(0);
    const [written] = await fleet.database.query<{ count: number }>(
      `select count(*)::int from ${schema}.customers where phone like '+9%' and id = any($1)`,
      [ids.map(({ id }) => id)],
    );
    expect(written!.count).toBe(ids.length);
    await fleet.database.query(`delete from ${schema}.customers where id = any($1)`, [added]);
  });

  test('waits for a row that somebody has locked, tells when it gives up, and goes on later', async () => {
    await empty();
    const [{ id }] = (await fleet.database.query<{ id: string }>(
      `select id from ${schema}.customers order by id offset 5000 limit 1`,
    )) as [{ id: string }];
    await connected(fleet.database.url, async client => {
      await client.query('begin');
      await client.query(`select from ${schema}.customers where id = $1 for update`, [id]);
      const { code, output } = await fleet.migrate(
        'backfill',
        '--pause',
        '0',
        '--lock-timeout',
        '100',
        '--retries',
        '1',
      );
      expect([code, output]).toEqual([
        1,
        expect.stringContaining(`arthur: ${expansion}: canceling statement due to lock`),
      ]);
      expect((await noteOf('arthur')).seen).toBeLessThanOrEqual(5000);
      const program = fleet.start('backfill', '--pause', '0', '--lock-timeout', '100', '--retries', '100');
      await sleep(3000);
      await client.query('commit');
      expect(await program.ends()).toBe(0);
    });
    expect(await different()).toBe(0);
  });

  test('says that the migration was taken back meanwhile', async () => {
    await empty();
    const program = startSlowly('--pause', '500');
    await untilSeen(100);
    expect((await fleet.migrate('down', '--tenant', 'arthur', '--yes')).code).toBe(0);
    expect([await program.ends(), program.output()]).toEqual([1, expect.stringMatching(/taken back|does not exist/)]);
    expect(await fleet.migrate('apply')).toMatchObject({ code: 0 });
    expect(await noteOf('arthur')).toEqual({ tenant: 'arthur', seen: 0, filled: 0, started: false, finished: false });
  });

  test('fills a shop that has no note of it, such as one that came from an archive', async () => {
    await fleet.database.query('delete from platform.backfills');
    await asProgram(fleet, client =>
      client.query(
        `update ${schema}.customers set phone = '+4242' where id in (select id from ${schema}.customers limit 1)`,
      ),
    );
    const { code, json } = await fleet.migrate('backfill', '--pause', '0', '--json');
    expect([code, json.tables.length]).toEqual([0, 3]);
    // What a program has written is not written again.
    expect(await noteOf('arthur')).toMatchObject({ seen: customers, filled: customers - 1 });
    expect([await different(), (await notes()).every(({ finished }) => finished)]).toEqual([0, true]);
  });
});

describe('pier2 migrate backfill, of tables that are watched', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet([]);
    await fleet.database.query(
      `insert into products (id, sku, name, description, price, currency_code)
       select gen_random_uuid(), 'T' || n, 'Towel ' || n, 'A towel', n * 0.25, 'USD' from generate_series(1, 50) n`,
    );
    await fleet.database.query(
      `insert into users (id, email, name, role) select gen_random_uuid(), n || '@earth.example', 'Ford Prefect', 'CLERK' from generate_series(1, 50) n`,
    );
    await addExpansion(fleet, 'list_price', changes.retype);
    await addExpansion(fleet, 'names', changes.split);
    expect(await fleet.migrate('apply')).toMatchObject({ code: 0 });
  });
  afterAll(() => fleet.close());

  /** What is counted, kept or told of changes, and what a change of a row makes of it. */
  const traces = async () =>
    fleet.database.query(
      `select (select count(*)::int from history) as history, (select count(*)::int from search_words) as words,
         (select count(*)::int from order_figure_changes) as figures,
         (select sum(version)::int from products) as products, (select sum(version)::int from users) as users`,
    );

  test('is no change by anybody: no version, history, word or figure is other than before', async () => {
    const before = await traces();
    const { code, json } = await fleet.migrate('backfill', '--json');
    expect([code, json.tables.map(({ rows }: { rows: number }) => rows)]).toEqual([0, [50, expect.any(Number)]]);
    expect(await traces()).toEqual(before);
    expect(
      await fleet.database.query(
        `select (select count(*)::int from products where list_price = round(price * 100)) as products,
           (select count(*)::int from users where (first_name, last_name) = ('Ford', 'Prefect')) as users`,
      ),
    ).toEqual([{ products: 50, users: 50 }]);
  });
});
