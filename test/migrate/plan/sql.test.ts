import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { lockingSql } from '../../../src/migrate/lock.js';
import { loadParser } from '../../../src/migrate/lint/parser.js';
import { createBareDatabase, type TestDatabase } from '../../support/database.js';
import { fingerprint } from '../../support/fingerprint.js';
import { endPrograms, run } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from '../fleet/fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

let fleet: Fleet;
let last: string;

beforeAll(async () => {
  fleet = await startFleet(['arthur', 'heart_of_gold', 'trillian']);
  await fleet.add('a_towels', {
    up: ['create table towels (id int primary key); -- of all sizes', `insert into towels values (42)`],
    down: ['drop table towels'],
  });
  last = await fleet.add('b_index', {
    up: ['create index concurrently stores_name on stores (name)'],
    down: ['drop index concurrently stores_name'],
    alone: true,
  });
});
afterEach(endPrograms);
afterAll(() => fleet.close());

/** What `pier2 migrate plan --sql` writes where nothing listens that it could connect to. */
async function write(...args: string[]): Promise<string> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'plan', '--sql', ...args], {
    DATABASE_URL: 'postgresql://nobody@localhost:1/none',
  });
  expect([await program.ends(), program.output()]).toEqual([0, expect.any(String)]);
  return program.output();
}

/** Runs a script statement by statement, as psql does, and gives what it leaves to those that psql runs behind it. */
async function runScript({ url }: TestDatabase, script: string): Promise<unknown> {
  const { parse } = await loadParser();
  return connected(url, async client => {
    for (const { sql } of parse(script)) {
      await client.query(sql);
    }
    const settings = `select current_setting('search_path') as "searchPath", current_setting('lock_timeout') as "lockTimeout"`;
    return (await client.query(settings)).rows[0];
  });
}

const scriptOf = (tenant: string) => write('--tenant', tenant, '--from', landed, '--migrations', fleet.folder);
const ofArthur = () => scriptOf('arthur');

test('writes each migration as a transaction, with its places, its schema, its lock timeout and its note', async () => {
  const script = await ofArthur();
  expect(script).toMatch(
    new RegExp(
      `begin;[^]*set local search_path to "tenant_arthur";\nset local lock_timeout to '1000ms';\n` +
        `-- \\S+_a_towels\\.ts:7\ncreate table towels \\(id int primary key\\); -- of all sizes\n;\n` +
        `-- \\S+_a_towels\\.ts:8\ninsert into towels values \\(42\\);\n` +
        `insert into "tenant_arthur"\\.mikro_orm_migrations \\(name\\) values \\('\\w+_a_towels'\\);[^]*commit;`,
    ),
  );
  expect(script).not.toContain(landed.concat("')"));
});

test('does what apply does', async () => {
  expect(await runScript(fleet.database, await ofArthur())).toEqual({
    searchPath: '"$user", public',
    lockTimeout: '0',
  });
  expect((await fleet.migrate('apply', '--tenant', 'trillian')).code).toBe(0);
  expect(await fleet.migrate('status', '--tenant', 'arthur', '--json')).toMatchObject({
    code: 0,
    json: { tenants: [{ migration: last, pending: [], failure: null }] },
  });
  const forms = await Promise.all(['arthur', 'trillian'].map(name => fingerprint(fleet.database, schemaOf(name))));
  expect(forms[0]).toEqual(forms[1]);
  expect(await fleet.database.query(`select * from ${schemaOf('arthur')}.towels`)).toEqual([{ id: 42 }]);
  expect((await fleet.migrate('drift', '--tenant', 'arthur')).code).toBe(0);
  expect(
    await fleet.database.query(`select name, migration from platform.tenants where name in ('arthur', 'trillian')`),
  ).toEqual([
    { name: 'arthur', migration: last },
    { name: 'trillian', migration: last },
  ]);
});

test('is refused by the database a second time, out of its turn, and where the shop is in another schema', async () => {
  await expect(runScript(fleet.database, await ofArthur())).rejects.toThrow(/has seen \w+_a_towels already/);
  const early = await write(
    '--tenant',
    'heart_of_gold',
    '--from',
    last.replace('b_index', 'a_towels'),
    '--migrations',
    fleet.folder,
  );
  await expect(runScript(fleet.database, early)).rejects.toThrow(/tenant_heart_of_gold has not seen \w+_a_towels yet/);
  const other = await write('--tenant', 'arthur=tenant_trillian', '--from', landed, '--migrations', fleet.folder);
  await expect(runScript(fleet.database, other)).rejects.toThrow(/arthur has no tables in the schema tenant_trillian/);
  await fleet.database.query(`update platform.tenants set state = 'PROVISIONING' where name = 'heart_of_gold'`);
  await expect(runScript(fleet.database, await scriptOf('heart_of_gold'))).rejects.toThrow(
    /has no tables in the schema/,
  );
  await fleet.database.query(`update platform.tenants set state = 'ACTIVE' where name = 'heart_of_gold'`);
  expect((await fleet.versions())['heart_of_gold']).toBe(landed);
});

test('is refused by the database where an index that it makes concurrently does not stand, and waits for who migrates the shop', async () => {
  const script = await scriptOf('heart_of_gold');
  await connected(fleet.database.url, async client => {
    await client.query(`begin; ${lockingSql(schemaOf('heart_of_gold'))}`);
    // As if psql had gone on behind an error.
    const other = expect(
      runScript(fleet.database, script.replace('create index concurrently stores_name on stores (name);', '')),
    ).rejects.toThrow('The index stores_name is not there, or does not serve: drop it, and make it again.');
    const waiting = `select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
    while ((await fleet.database.query(waiting)).length === 0) {
      await sleep(20);
    }
    expect((await fleet.versions())['heart_of_gold']).toBe(landed);
    await client.query('commit');
    await other;
  });
  expect((await fleet.versions())['heart_of_gold']).toMatch(/_a_towels$/);
});

test('makes the platform and the default shop of a bare database', async () => {
  const database = await createBareDatabase();
  await runScript(database, await write());
  const apply = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'status', '--json'], {
    DATABASE_URL: database.url,
  });
  expect([await apply.ends(), JSON.parse(apply.output())]).toMatchObject([
    0,
    { platform: { pending: [] }, tenants: [{ tenant: 'default', pending: [] }] },
  ]);
  for (const schema of ['platform', 'extensions']) {
    expect(await fingerprint(database, schema)).toEqual(await fingerprint(fleet.database, schema));
  }
  const countries = 'select count(*) from platform.countries';
  expect(await database.query(countries)).toEqual(await fleet.database.query(countries));
  await database.drop();
});

test('says that --from wants a whole name, and that there are no shops to choose from', async () => {
  const told = (...args: string[]) => fleet.migrate('plan', '--sql', ...args);
  expect(await told('--from', 'towels')).toMatchObject({
    code: 1,
    output: expect.stringContaining('There is no migration "towels"'),
  });
  expect(await told('--all')).toMatchObject({
    code: 1,
    output: expect.stringContaining('--sql connects to no database'),
  });
  expect(await fleet.migrate('plan', '--from', landed)).toMatchObject({
    code: 1,
    output: expect.stringContaining('--from is for --sql'),
  });
});
