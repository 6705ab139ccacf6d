import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createBareDatabase } from '../../support/database.js';
import { fingerprint } from '../../support/fingerprint.js';
import { endPrograms, run } from '../../support/process.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

afterEach(endPrograms);

/** Fails where more than two shops are migrated at once. */
const atMostTwo = `do $$ begin
  if (select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep') > 1 then
    raise exception 'Others are migrated, too.';
  end if;
  perform pg_sleep(0.5);
end $$`;
const addColumn = { up: ['alter table stores add note text', atMostTwo], down: ['alter table stores drop note'] };

describe('pier2 migrate apply', () => {
  test('brings a bare database to the platform and the default shop, and has nothing to do then', async () => {
    const database = await createBareDatabase();
    const migrate = async (...args: string[]) => {
      const program = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', ...args], {
        DATABASE_URL: database.url,
      });
      return { code: await program.ends(), output: program.output() };
    };
    const apply = async () => {
      const { code, output } = await migrate('apply', '--json');
      return { code, report: JSON.parse(output) };
    };
    expect(await migrate('apply', '--dry-run')).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^The platform would see \S+_countries, .*\nNo shop that is there has anything to run/,
      ),
    });
    expect(await apply()).toMatchObject({
      code: 0,
      report: { tenants: { total: 1, migrated: 1 }, outcomes: [{ tenant: 'default', outcome: { kind: 'done' } }] },
    });
    expect((await fingerprint(database, 'public')).length).toBeGreaterThan(400);
    expect(await apply()).toMatchObject({
      code: 0,
      report: { platform: { migrations: [] }, tenants: { total: 1, upToDate: 1, migrated: 0 } },
    });
    await database.drop();
  });
});

describe('pier2 migrate apply, over several shops', () => {
  let fleet: Fleet;
  let added: string;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford', 'trillian', 'zaphod', 'marvin'], {
      ford: 'SUSPENDED',
      zaphod: 'PROVISIONING',
      marvin: 'REMOVING',
    });
    added = await fleet.add('note', addColumn);
  });
  afterAll(() => fleet.close());

  test('tells in a dry run what would be done, and does nothing', async () => {
    const { code, json } = await fleet.migrate('apply', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(json.outcomes).toContainEqual({ tenant: 'ford', migrations: [added], outcome: { kind: 'planned' } });
    expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([landed]));
  });

  test('refuses a shop and a migration that are not there, and an order that contradicts itself', async () => {
    expect(await fleet.migrate('apply', '--tenant', 'slartibartfast')).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no shop "slartibartfast"'),
    });
    expect(await fleet.migrate('apply', '--to', 'fjords')).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is no migration "fjords"'),
    });
    expect(await fleet.migrate('apply', '--tenant', 'ford', '--all')).toMatchObject({ code: 1 });
    expect(await fleet.migrate('apply', '--parallel', '0')).toMatchObject({ code: 2 });
  });

  test('tries no shop when the platform fails', async () => {
    const [{ name }] = (await fleet.database.query<{ name: string }>(
      'delete from platform.mikro_orm_migrations where id = (select max(id) from platform.mikro_orm_migrations) returning name',
    )) as [{ name: string }];
    const ended = await fleet.migrate('apply');
    await fleet.database.query('insert into platform.mikro_orm_migrations (name) values ($1)', [name]);
    expect(ended).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^The platform could not be migrated, so no shop was: .*already exists/m),
    });
    expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([landed]));
  });

  test('brings one shop alone where it is named, once, however often that is', async () => {
    const { code, json } = await fleet.migrate('apply', '--tenant', 'trillian', '--tenant', 'Trillian', '--json');
    expect([code, json.tenants]).toMatchObject([0, { total: 1, migrated: 1 }]);
    expect(await fleet.versions()).toMatchObject({ trillian: added, arthur: landed });
  });

  test('brings all others, so many at once, suspended ones too, but none that is being made or removed, and notes it', async () => {
    const { code, output } = await fleet.migrate('apply', '--no-canaries', '--parallel', '2');
    expect([code, output]).toEqual([0, expect.stringMatching(/3 of 4 shops migrated in .* s, 1 had nothing to do\./)]);
    expect(await fleet.versions()).toEqual({
      arthur: added,
      default: added,
      ford: added,
      trillian: added,
      zaphod: landed,
      marvin: landed,
    });
    expect(
      await fleet.database.query(
        `select t.name, t.migration, m.migration as noted, m.milliseconds is not null as timed, m.failure
         from platform.tenants t join platform.tenant_migrations m on m.tenant_id = t.id order by t.name`,
      ),
    ).toEqual(
      ['arthur', 'default', 'ford', 'trillian'].map(name => ({
        name,
        migration: added,
        noted: added,
        timed: true,
        failure: null,
      })),
    );
  });

  test('does nothing with --only-changed until a migration changes or one was taken back', async () => {
    await fleet.migrate('apply');
    expect((await fleet.migrate('apply', '--only-changed', '--json')).json).toMatchObject({ unchanged: true });
    await fleet.migrate('down', '--tenant', 'arthur', '--yes');
    expect((await fleet.migrate('apply', '--only-changed', '--json')).json).toMatchObject({
      unchanged: false,
      tenants: { migrated: 1 },
    });
    await fleet.add('z_more', { up: ['alter table stores add more text'], down: ['alter table stores drop more'] });
    expect((await fleet.migrate('apply', '--only-changed', '--json')).json).toMatchObject({ unchanged: false });
  });

  test('goes to the migration that --to names, by its words', async () => {
    const first = await fleet.add('z_n_first', { up: ['create table first_one (id int)'] });
    await fleet.add('z_o_second', { up: ['create table second_one (id int)'] });
    expect((await fleet.migrate('apply', '--to', 'z_n_first')).code).toBe(0);
    expect(await fleet.versions()).toMatchObject({ arthur: first, default: first });
  });
});

describe('pier2 migrate apply, where a shop cannot be migrated', () => {
  let fleet: Fleet;
  let constraint: string;

  beforeAll(async () => {
    fleet = await startFleet(['arthur', 'ford', 'marvin', 'trillian', 'zaphod']);
    constraint = await fleet.add('short_names', {
      up: ['alter table users add short text', 'alter table users add constraint short_name check (length(name) < 40)'],
      down: ['alter table users drop short, drop constraint short_name'],
    });
    await fleet.database.query(
      `insert into ${schemaOf('trillian')}.users (id, email, name, role, state, password_hash)
       values (gen_random_uuid(), 'zaphod@example.com', repeat('Zaphod ', 10), 'CLERK', 'ACTIVE', '')`,
    );
  });
  afterAll(() => fleet.close());

  test('tries no other when a canary fails', async () => {
    const { code, json } = await fleet.migrate('apply', '--canary', 'trillian', '--json');
    expect([code, json.stopped, json.tenants]).toMatchObject([1, 'canary failed', { failed: 1, untried: 5 }]);
    expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([landed]));
  });

  test('stops after as many failures as it was told', async () => {
    const args = ['--no-canaries', '--parallel', '1', '--stop-after', '1', '--json'];
    const { code, json } = await fleet.migrate('apply', ...args);
    expect([code, json.stopped, json.tenants]).toMatchObject([1, 'too many failures', { failed: 1, untried: 1 }]);
    expect(await fleet.versions()).toMatchObject({ ford: constraint, zaphod: landed });
  });

  test('says which shop it is and why, keeps it as it was, and brings the others', async () => {
    const { code, output } = await fleet.migrate('apply', '--no-canaries');
    expect(code).toBe(1);
    expect(output).toMatch(
      /trillian: Migration20990101000000_short_names: check constraint "short_name" of relation "users" is violated by some row/,
    );
    expect(await fleet.versions()).toMatchObject({ arthur: constraint, zaphod: constraint, trillian: landed });
    const status = await fleet.migrate('status');
    expect(status.code).toBe(1);
    expect(status.output).toMatch(/1 pending, 1 failed, 0 known to drift[^]*trillian .*is violated by some row/);
  });

  test('goes on with that one alone when it is mended', async () => {
    await fleet.database.query(`update ${schemaOf('trillian')}.users set name = 'Zaphod'`);
    const { code, json } = await fleet.migrate('apply', '--json');
    expect([code, json.outcomes]).toMatchObject([0, [{ tenant: 'trillian', outcome: { kind: 'done' } }]]);
    expect((await fleet.migrate('status')).code).toBe(0);
  });

  test('tries the smallest, the largest, the oldest and one of each form first', async () => {
    const users = { default: 0, arthur: 100, ford: 100, marvin: 100, trillian: 100, zaphod: 1000 };
    for (const [shop, count] of Object.entries(users)) {
      const schema = shop === 'default' ? 'public' : schemaOf(shop);
      await fleet.database.query(
        `insert into ${schema}.users (id, email, name, role) select gen_random_uuid(), n || '@example.com', 'Vogon', 'CLERK'
         from generate_series(1, ${count}) n; analyze ${schema}.users`,
      );
    }
    await fleet.database.query(
      `update platform.tenants set created_at = '2001-05-11' where name = 'ford';
       alter table ${schemaOf('trillian')}.stores set (fillfactor = 50)`,
    );
    await fleet.add('z_wrong', { up: ['select 1 / 0'] });
    const { json } = await fleet.migrate('apply', '--allow-drift', '--json');
    expect(json).toMatchObject({ stopped: 'canary failed', tenants: { untried: 1 } });
    expect(json.outcomes.map(({ tenant }: { tenant: string }) => tenant).sort()).toEqual([
      'arthur',
      'default',
      'ford',
      'trillian',
      'zaphod',
    ]);
  });
});
