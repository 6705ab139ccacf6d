import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { endPrograms } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

afterEach(endPrograms);

describe('pier2 migrate apply, beside others who use the tables', () => {
  let fleet: Fleet;
  let added: string;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford', 'trillian']);
    added = await fleet.add('note', {
      up: ['alter table stores add note text'],
      down: ['alter table stores drop note'],
    });
  });
  afterAll(() => fleet.close());

  const impatient = ['--no-canaries', '--lock-timeout', '300', '--retries', '1'];

  /** Does something while a session of somebody else reads a shop's stores in a transaction. */
  function whileReading<Result>(shop: string, work: () => Promise<Result>): Promise<Result> {
    return connected(fleet.database.url, async client => {
      await client.query(`set application_name = 'the night shift'`);
      await client.query(`begin; select count(*) from ${schemaOf(shop)}.stores`);
      return work();
    });
  }

  test('tries again, then says who holds the lock, and brings the others', async () => {
    const { code, output } = await whileReading('ford', () => fleet.migrate('apply', ...impatient));
    expect(code).toBe(1);
    expect(output).toMatch(
      /ford: .*note: It got no lock in 2 tries of 300 ms: session \d+ of the night shift \(role \w+, idle in transaction, for \d+ s\) holds it, and ran: begin; select count/,
    );
    expect(await fleet.versions()).toEqual({ arthur: added, default: added, ford: landed, trillian: added });
  });

  test('gets the lock at a later try when it becomes free', async () => {
    const program = await whileReading('ford', async () => {
      const started = fleet.start('apply', '--lock-timeout', '100', '--retries', '8', '--json');
      const waiting = `select from pg_stat_activity where datname = current_database()
        and application_name like 'pier2 migrate %' and wait_event_type = 'Lock'`;
      while ((await fleet.database.query(waiting)).length === 0) {
        await sleep(50);
      }
      return started;
    });
    expect([await program.ends(), program.output()]).toEqual([0, expect.stringContaining('"migrated": 1')]);
  });

  test('never collides with another run: the second one finds what the first has done', async () => {
    await fleet.add('slow', { up: ['select pg_sleep(0.5)', 'create table slow (id int)'] });
    const runs = await Promise.all([1, 2].map(() => fleet.migrate('apply', '--json')));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const seen = await fleet.database.query(
      `select count(*)::int from ${schemaOf('ford')}.mikro_orm_migrations where name like '%slow'`,
    );
    expect(seen).toEqual([{ count: 1 }]);
  });

  test('leaves to another run what that migrates, where it is told so', async () => {
    await fleet.add('t_more', { up: ['create table more (id int)'] });
    const { code, json } = await connected(fleet.database.url, async client => {
      await client.query(`select pg_advisory_lock(hashtext('pier2 migrations'), hashtext($1))`, [schemaOf('ford')]);
      return fleet.migrate('apply', '--when-locked', 'leave', '--json');
    });
    expect([code, json.tenants]).toMatchObject([1, { migrated: 3, left: 1 }]);
    expect(json.outcomes).toContainEqual(
      expect.objectContaining({ tenant: 'ford', outcome: { kind: 'left', reason: 'another run migrates it' } }),
    );
    expect((await fleet.migrate('apply')).code).toBe(0);
  });

  test('gives a statement up that takes longer than it may', async () => {
    await fleet.add('u_long', { up: ['select pg_sleep(5)'] });
    const { code, json } = await fleet.migrate('apply', '--statement-timeout', '200', '--json');
    expect([code, json.outcomes[0].outcome]).toMatchObject([1, { kind: 'failed', reason: /statement timeout/ }]);
  });
});

describe('pier2 migrate apply, of a migration that makes an index concurrently', () => {
  let fleet: Fleet;
  let added: string;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford', 'trillian']);
    added = await fleet.add('names', {
      up: ['create unique index concurrently "users_name_unique" on "users" (name)'],
      down: ['drop index concurrently users_name_unique'],
      alone: true,
    });
  });
  afterAll(() => fleet.close());

  const indexes = () =>
    fleet.database.query(
      `select n.nspname as schema, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
       join pg_namespace n on n.oid = c.relnamespace where c.relname = 'users_name_unique' order by 1`,
    );

  test('tells of rows that are in its way, after which PostgreSQL leaves an index that does not serve', async () => {
    await addUsers(fleet, 'ford');
    const { code, output } = await fleet.migrate('apply', '--no-canaries', '--allow-drift');
    expect([code, output]).toEqual([1, expect.stringMatching(/ford: .*names: could not create unique index/)]);
    expect(await indexes()).toEqual([
      { schema: 'public', valid: true },
      { schema: 'tenant_arthur', valid: true },
      { schema: 'tenant_ford', valid: false },
      { schema: 'tenant_trillian', valid: true },
    ]);
    expect(await fleet.versions()).toMatchObject({ arthur: added, ford: landed });
  });

  test('drops what was left, and makes it again when the rows are mended', async () => {
    await fleet.database.query(`delete from tenant_ford.users`);
    const { code, json } = await fleet.migrate('apply', '--allow-drift', '--json');
    expect([code, json.outcomes]).toMatchObject([0, [{ tenant: 'ford', outcome: { kind: 'done' } }]]);
    expect(await indexes()).toContainEqual({ schema: 'tenant_ford', valid: true });
  });

  test('makes an index again whose migration was not noted any more', async () => {
    await fleet.database.query(`delete from tenant_arthur.mikro_orm_migrations where name = '${added}'`);
    expect((await fleet.migrate('apply', '--allow-drift')).code).toBe(0);
    expect(await fleet.versions()).toMatchObject({ arthur: added });
  });

  test('takes it back, and gives a new schema the same', async () => {
    expect((await fleet.migrate('drift', '--tenant', 'arthur')).code).toBe(0);
    expect((await fleet.migrate('down', '--tenant', 'arthur', '--yes')).code).toBe(0);
    expect(await indexes()).not.toContainEqual({ schema: 'tenant_arthur', valid: true });
    expect(await fleet.versions()).toMatchObject({ arthur: landed });
  });

  test('that is killed while it makes the index makes it again', async () => {
    const making = `select wait_event_type = 'Lock' as waits from pg_stat_activity
      where datname = current_database() and query like 'create unique index concurrently%' and state = 'active'`;
    const program = fleet.start('apply', '--tenant', 'arthur');
    await connected(fleet.database.url, async client => {
      // Whoever writes is waited for before the index is filled.
      await client.query('begin; delete from tenant_arthur.users');
      while (!(await fleet.database.query<{ waits: boolean }>(making))[0]?.waits) {
        await sleep(20);
      }
      process.kill(-program.process.pid!, 'SIGKILL');
      expect(await program.ends()).toBeNull();
      // PostgreSQL goes on until the statement's lock timeout.
      while ((await fleet.database.query(making)).length > 0) {
        await sleep(20);
      }
    });
    expect(await indexes()).toContainEqual({ schema: 'tenant_arthur', valid: false });
    expect(await fleet.versions()).toMatchObject({ arthur: landed });
    expect(await fleet.migrate('apply', '--tenant', 'arthur', '--allow-drift')).toMatchObject({ code: 0 });
    expect(await indexes()).toContainEqual({ schema: 'tenant_arthur', valid: true });
    expect(await fleet.versions()).toMatchObject({ arthur: added });
  });
});

/** Adds two users of one name. */
async function addUsers({ database }: Fleet, shop: string): Promise<void> {
  await database.query(
    `insert into ${schemaOf(shop)}.users (id, email, name, role, state, password_hash)
     select gen_random_uuid(), gen_random_uuid() || '@example.com', 'Zaphod', 'CLERK', 'ACTIVE', '' from generate_series(1, 2)`,
  );
}
