import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fingerprint } from '../../support/fingerprint.js';
import { endPrograms } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from '../fleet/fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

afterEach(endPrograms);

/** Adds users to a shop, and counts them again as autovacuum would. */
async function addUsers({ database }: Fleet, shop: string, count: number): Promise<void> {
  await database.query(
    `insert into ${schemaOf(shop)}.users (id, email, name, role, state, password_hash)
     select gen_random_uuid(), 'user' || n || '@example.com', 'User ' || n, 'CLERK', 'ACTIVE', ''
     from generate_series(1, ${count}) n`,
  );
  await database.query(`analyze ${schemaOf(shop)}.users`);
}

/** All that a plan might leave behind. */
async function stateOf({ database }: Fleet, shop: string): Promise<unknown> {
  const schema = schemaOf(shop);
  return {
    tables: await fingerprint(database, schema),
    platform: await fingerprint(database, 'platform'),
    users: await database.query(`select * from ${schema}.users order by id`),
    seen: await database.query(`select * from ${schema}.mikro_orm_migrations order by id`),
    next: await database.query(`select last_value from ${schema}.mikro_orm_migrations_id_seq`),
    registry: await database.query('select * from platform.tenants order by id'),
    notes: await database.query('select * from platform.tenant_migrations order by tenant_id'),
    runs: await database.query('select * from platform.migration_runs order by id'),
  };
}

describe('pier2 migrate plan', () => {
  let fleet: Fleet;
  let first: string;
  let second: string;
  let before: unknown;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford', 'trillian']);
    await addUsers(fleet, 'ford', 500);
    first = await fleet.add('a_towels', {
      up: [
        'alter table stores add note text',
        'alter table users add badge uuid not null default gen_random_uuid()',
        `update users set name = name || '!' where email like 'user1%'`,
        'create table towels (id int primary key, user_id uuid references users)',
        'alter table towels add colour text; create index users_badge_index on users (badge)',
        `do $$ begin execute 'alter table tasks add towel int'; end $$`,
      ],
      down: [
        'alter table tasks drop towel',
        'drop table towels',
        'alter table users drop badge',
        'alter table stores drop note',
      ],
    });
    second = await fleet.add('b_towels', {
      up: ['delete from users where badge is not null', 'alter table stores rename note to remark'],
      down: ['alter table stores rename remark to note'],
    });
    before = await stateOf(fleet, 'ford');
  });
  afterAll(() => fleet.close());

  // Reports are of any shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let statements: any[];
  const seenOf = (sql: string) => statements.find(statement => statement.sql.startsWith(sql)).seen;
  const held = expect.any(Number);

  test('runs all that is pending on the shop it is asked for, and leaves nothing behind', async () => {
    const { code, json } = await fleet.migrate('plan', '--tenant', 'ford', '--json');
    expect([code, json]).toMatchObject([
      0,
      {
        platform: { migrations: [] },
        tenants: { total: 1, pending: 1, chosen: 1, rehearsed: 1, failed: 0, left: 0 },
        groups: [{ tenants: ['ford'], slowest: 'ford', migrations: [{ name: first }, { name: second }] }],
        failures: [],
      },
    ]);
    statements = json.groups[0].migrations.flatMap((migration: { statements: unknown[] }) => migration.statements);
    expect(await stateOf(fleet, 'ford')).toEqual(before);
  });

  test('tells each statement with its place', () => {
    expect(statements).toHaveLength(9);
    expect(statements[1]).toMatchObject({
      sql: 'alter table users add badge uuid not null default gen_random_uuid()',
      file: expect.stringMatching(new RegExp(`/${first}\\.ts$`)),
      line: 8,
    });
  });

  test('tells the strongest lock that it takes of each table, but for tables that are new', () => {
    expect(seenOf('alter table stores add note')).toMatchObject({
      locks: [{ table: 'stores', lock: 'ACCESS EXCLUSIVE', heldMilliseconds: held }],
      rewrites: [],
      rows: [],
    });
    expect(seenOf('alter table stores rename')).toMatchObject({ locks: [] });
    expect(seenOf('alter table towels')).toMatchObject({ locks: [] });
  });

  test('tells that a default which is volatile writes the table anew, with its indexes', async () => {
    const [indexes] = await fleet.database.query<{ count: number }>(
      `select count(*)::int from pg_index where indrelid = '${schemaOf('ford')}.users'::regclass`,
    );
    expect(seenOf('alter table users add badge')).toMatchObject({
      locks: [{ table: 'users', lock: 'ACCESS EXCLUSIVE' }],
      rewrites: ['users'],
      scans: [{ table: 'users', rows: 500 * (1 + indexes!.count) }],
    });
  });

  test('tells how many rows it changes', () => {
    // 1, 10 to 19 and 100 to 199.
    expect(seenOf('update users').rows).toEqual([{ table: 'users', inserted: 0, updated: 111, deleted: 0 }]);
    expect(seenOf('delete from users').rows).toEqual([{ table: 'users', inserted: 0, updated: 0, deleted: 500 }]);
    expect(seenOf('update users').walBytes).toBeGreaterThan(111 * 50);
  });

  test('tells of an index that it reads the table', () => {
    expect(seenOf('create index users_badge_index')).toMatchObject({
      // With what the update has left.
      scans: [{ table: 'users', rows: 500 + 111 }],
      rewrites: [],
    });
  });

  test('holds a lock at least as long as the statement took, and until the end of its own migration alone', () => {
    const { milliseconds, locks } = seenOf('alter table users add badge');
    expect(locks[0].heldMilliseconds).toBeGreaterThanOrEqual(milliseconds);
    const [last] = seenOf('do $$').locks;
    expect([last.table, last.heldMilliseconds]).toEqual(['tasks', seenOf('do $$').milliseconds]);
  });

  test('agrees with lint, and marks what lint could not know', () => {
    const different = statements.filter(({ differences }) => differences.length > 0);
    expect(different).toMatchObject([
      {
        sql: expect.stringContaining('do $$'),
        foretold: [],
        differences: [
          {
            table: 'tasks',
            foretold: { lock: null, rewrites: false, scans: false },
            seen: { lock: 'ACCESS EXCLUSIVE', rewrites: false, scans: false },
          },
        ],
      },
    ]);
  });

  test('takes the largest shop of each form when it is not told which, and tells it in tables', async () => {
    await fleet.database.query(`alter table ${schemaOf('trillian')}.stores set (fillfactor = 50)`);
    const { code, output } = await fleet.migrate('plan', '--allow-drift');
    expect(code).toBe(0);
    expect(output).toMatch(/ford, trillian \(figures of \w+, the slowest\): \S+_a_towels, [\d.]+ ms\n/);
    expect(output).toMatch(/│ 8 +│ alter table users add badge uuid not *│ ACCESS EXCLUSIVE *│ rewrites users/);
    expect(output).toMatch(/tasks: foretold no such lock,\s+│[^]*seen ACCESS EXCLUSIVE/);
    expect(output).toMatch(/4 of 4 shops have something pending, 2 of 2 chosen ones tried in .*All was rolled back\./);
    await fleet.database.query(`alter table ${schemaOf('trillian')}.stores reset (fillfactor)`);
  });

  test('tells equal shops once', async () => {
    const { json } = await fleet.migrate('plan', '--all', '--json');
    expect(json.tenants).toMatchObject({ chosen: 4, rehearsed: 4 });
    expect(json.groups.map(({ tenants }: { tenants: string[] }) => tenants)).toEqual([
      ['arthur', 'default', 'ford', 'trillian'],
    ]);
  });

  test('refuses schemas that drift, as apply does', async () => {
    await fleet.database.query(`alter table ${schemaOf('arthur')}.stores add surprise int`);
    expect(await fleet.migrate('plan', '--all')).toMatchObject({
      code: 3,
      output: expect.stringMatching(/arthur, at \S+: has the column stores.surprise integer[^]*Nothing was tried/),
    });
    await fleet.database.query(`alter table ${schemaOf('arthur')}.stores drop surprise`);
  });

  test('leaves out what another run migrates, where it is told so', async () => {
    const { code, json } = await connected(fleet.database.url, async client => {
      await client.query(`select pg_advisory_lock(hashtext('pier2 migrations'), hashtext($1))`, [schemaOf('ford')]);
      return fleet.migrate('plan', '--tenant', 'ford', '--when-locked', 'leave', '--json');
    });
    expect([code, json]).toMatchObject([1, { left: [{ tenant: 'ford', reason: 'another run migrates it' }] }]);
  });

  test('names the statement that got no lock, and who held it', async () => {
    const { code, output } = await connected(fleet.database.url, async client => {
      await client.query(`set application_name = 'the night shift'`);
      await client.query(`begin; select count(*) from ${schemaOf('ford')}.users`);
      return fleet.migrate('plan', '--tenant', 'ford', '--lock-timeout', '500');
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /ford: \S+_a_towels: It got no lock in 1 try of 500 ms: session \d+ of the night shift .* holds it, and ran: begin; select/,
    );
    expect(output).toMatch(/ {2}\S+_a_towels\.ts:8: alter table users add badge/);
    expect(await stateOf(fleet, 'ford')).toEqual(before);
  });

  test('leaves nothing behind when it is killed', async () => {
    await fleet.add('c_slow', { up: ['select pg_sleep(3)'] });
    const program = fleet.start('plan', '--tenant', 'ford');
    await connected(fleet.database.url, async client => {
      const sleeping = `select from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%'`;
      while ((await client.query(sleeping)).rows.length === 0) {
        await sleep(20);
      }
      process.kill(-program.process.pid!, 'SIGKILL');
      expect(await program.ends()).toBeNull();
      while ((await client.query(sleeping)).rows.length > 0) {
        await sleep(20);
      }
    });
    expect(await stateOf(fleet, 'ford')).toEqual(before);
  });
});

describe('pier2 migrate plan, of what cannot simply be run', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet(['arthur']);
  });
  afterAll(() => fleet.close());

  test('tells of a statement that fails, and where the migration has it', async () => {
    const name = await fleet.add('a_wrong', {
      up: ['create table towels (id int)', 'insert into towels select 1 / 0'],
    });
    const { code, json } = await fleet.migrate('plan', '--tenant', 'arthur', '--json');
    expect([code, json]).toMatchObject([
      1,
      {
        groups: [],
        failures: [
          {
            tenant: 'arthur',
            migration: name,
            statement: { sql: 'insert into towels select 1 / 0', line: 8 },
            reason: 'division by zero',
          },
        ],
      },
    ]);
    await fleet.add('a_wrong', { up: [] });
  });

  test('finds what only the commit would', async () => {
    await fleet.add('a_deferred', {
      up: [
        'create table towels (id int primary key, other int references towels deferrable initially deferred)',
        'insert into towels values (1, 2)',
      ],
    });
    const { code, json } = await fleet.migrate('plan', '--tenant', 'arthur', '--json');
    expect([code, json.failures]).toMatchObject([
      1,
      [{ statement: { sql: 'commit' }, reason: expect.stringContaining('violates foreign key constraint') }],
    ]);
    await fleet.add('a_deferred', { up: [] });
  });

  test('does not run what runs outside of a transaction, and tells what is foretold', async () => {
    const alone = await fleet.add('b_alone', {
      up: ['create index concurrently users_note on users (name)'],
      alone: true,
    });
    const { code, json } = await fleet.migrate('plan', '--tenant', 'arthur', '--json');
    expect(code).toBe(0);
    expect(json.groups[0].migrations.at(-1)).toMatchObject({
      name: alone,
      wasRun: false,
      statements: [
        { seen: null, foretold: [{ table: 'users', lock: 'SHARE UPDATE EXCLUSIVE', rewrites: false, scans: true }] },
      ],
    });
    expect((await fleet.migrate('plan', '--tenant', 'arthur')).output).toMatch(/_b_alone, not run, since/);
    expect(await fleet.database.query(`select to_regclass('${schemaOf('arthur')}.users_note') as found`)).toEqual([
      { found: null },
    ]);
  });

  test('says what may be missing where a later one fails for it', async () => {
    await fleet.add('c_builds', { up: ['drop index users_note'] });
    const { code, json } = await fleet.migrate('plan', '--tenant', 'arthur', '--json');
    expect([code, json.failures[0].reason]).toEqual([
      1,
      expect.stringMatching(/index "users_note" does not exist \S+_b_alone, which may be missing there, cannot/),
    ]);
    await fleet.add('b_alone', { up: [] });
    await fleet.add('c_builds', { up: [] });
  });

  test('tries the platform’s migrations first, and those of shops upon them', async () => {
    await fleet.database.query(
      `begin; drop table platform.migration_runs, platform.tenant_migrations, platform.schema_fingerprints;
       delete from platform.mikro_orm_migrations where name like '%_migration_runs'; commit`,
    );
    await fleet.add('d_builds', {
      up: [`insert into platform.schema_fingerprints values ('a', 'b') on conflict do nothing`],
    });
    const { code, json } = await fleet.migrate('plan', '--tenant', 'arthur', '--json');
    expect([code, json.platform.migrations]).toMatchObject([0, [{ name: expect.stringContaining('_migration_runs') }]]);
    expect(json.platform.migrations[0].statements).toContainEqual(
      expect.objectContaining({
        sql: expect.stringContaining('foreign key ("tenant_id") references "platform"."tenants"'),
        seen: expect.objectContaining({
          locks: [expect.objectContaining({ table: 'platform.tenants', lock: 'SHARE ROW EXCLUSIVE' })],
        }),
        differences: [],
      }),
    );
    expect(json.tenants).toMatchObject({ rehearsed: 1 });
    expect(await fleet.database.query(`select to_regclass('platform.migration_runs') as found`)).toEqual([
      { found: null },
    ]);
  });

  test('has nothing to do where nothing is pending', async () => {
    expect((await fleet.migrate('apply')).code).toBe(0);
    expect(await fleet.migrate('plan')).toMatchObject({
      code: 0,
      output: expect.stringContaining('0 of 2 shops have something pending'),
    });
    expect((await fleet.versions())['arthur']).not.toBe(landed);
  });
});
