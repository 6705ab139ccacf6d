import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startTestApp } from '../../support/app.js';
import { endPrograms, run } from '../../support/process.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

let fleet: Fleet;
let first: string;
let second: string;

beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford', 'trillian'], { trillian: 'SUSPENDED' });
  first = await fleet.add('a_note', {
    up: ['alter table stores add note text'],
    down: ['alter table stores drop note'],
  });
  second = await fleet.add('b_towel', { up: ['create table towels (id int)'], down: ['drop table towels'] });
});
afterEach(endPrograms);
afterAll(() => fleet.close());

describe('pier2 migrate status', () => {
  test('tells how many shops are where, lists those that are behind, and ends with 1', async () => {
    await fleet.migrate('apply', '--tenant', 'arthur');
    const { code, output } = await fleet.migrate('status');
    expect(code).toBe(1);
    expect(output).toMatch(
      /Platform: Migration\S+\n1 shop at \S+_b_towel\n3 shops at \S+history_of_tenants\n3 pending, 0 failed/,
    );
    expect(output).not.toContain('arthur');
    expect(output).toMatch(/trillian .* 2 /);
    expect((await fleet.migrate('status', '--all')).output).toContain('arthur');
  });

  test('lists twenty of many, and counts the others', async () => {
    await fleet.database.query(
      `insert into platform.tenants (id, name, schema, state)
       select gen_random_uuid(), 'vogon-' || n, 'tenant_vogon_' || n, 'ACTIVE' from generate_series(1, 30) n`,
    );
    const { output } = await fleet.migrate('status');
    expect(output.match(/^│ (arthur|default|ford|trillian|vogon)/gm)).toHaveLength(20);
    expect(output).toMatch(/^… and 13 more; --all lists all shops\.$/m);
    const all = (await fleet.migrate('status', '--all')).output;
    expect(all.match(/^│ (arthur|default|ford|trillian|vogon)/gm)).toHaveLength(34);
    expect(all).not.toContain('more;');
    await fleet.database.query(`delete from platform.tenants where name like 'vogon-%'`);
  });

  test('tells programs of each shop', async () => {
    const { json } = await fleet.migrate('status', '--json');
    expect(json).toMatchObject({
      platform: { pending: [] },
      tenants: [
        {
          tenant: 'arthur',
          migration: second,
          pending: [],
          failure: null,
          drift: null,
          milliseconds: expect.any(Number),
        },
        { tenant: 'default', migration: landed, pending: [first, second] },
        { tenant: 'ford', state: 'ACTIVE' },
        { tenant: 'trillian', state: 'SUSPENDED' },
      ],
      lastRun: { verb: 'apply', complete: false, migrated: 1, failed: 0 },
    });
  });
});

describe('pier2 migrate wait', () => {
  test('gives up at the end of the time, and says what is missing', async () => {
    expect(await fleet.migrate('wait', '--timeout', '0')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/default \(and 2 more shops\) lacks \S+_a_note\./),
    });
    expect((await fleet.migrate('wait', '--timeout', '0', '--tenant', 'arthur')).code).toBe(0);
  });

  test('ends on Ctrl-C, says what is missing still, and has the exit code of one that was stopped', async () => {
    const waiting = fleet.start('wait', '--timeout', '100');
    const asking = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    while ((await fleet.database.query(asking)).length === 0) {
      // It asks once a second, with a connection of its own.
    }
    process.kill(-waiting.process.pid!, 'SIGINT');
    expect([await waiting.ends(), waiting.output()]).toEqual([130, expect.stringMatching(/ lacks \S+_a_note\.\n$/)]);
  });

  test('ends as soon as the last shop is there', async () => {
    const waiting = fleet.start('wait', '--timeout', '100');
    await sleep(500);
    expect((await fleet.migrate('apply')).code).toBe(0);
    expect([await waiting.ends(), waiting.output()]).toEqual([0, 'All migrations are there.\n']);
  });
});

describe('pier2 migrate down', () => {
  test('wants to be told which shops, and asks', async () => {
    expect(await fleet.migrate('down')).toMatchObject({
      code: 1,
      output: expect.stringContaining('--tenant NAME, or --all'),
    });
    expect(await fleet.migrate('down', '--all')).toMatchObject({
      code: 1,
      output: expect.stringContaining('give --yes'),
    });
    expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([second]));
  });

  test('takes one migration back, or all after one', async () => {
    expect((await fleet.migrate('down', '--all', '--yes')).code).toBe(0);
    expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([first]));
    expect((await fleet.migrate('down', '--tenant', 'ford', '--yes', '--to', landed)).code).toBe(0);
    expect(await fleet.versions()).toMatchObject({ ford: landed, arthur: first });
    expect((await fleet.migrate('drift')).code).toBe(0);
  });
});

describe('pier2 migrate baseline', () => {
  const forget = () => fleet.database.query(`drop table ${schemaOf('ford')}.mikro_orm_migrations`);

  test('notes the migrations of tables that stand, without running them', async () => {
    await forget();
    expect((await fleet.migrate('baseline', landed, '--tenant', 'ford')).code).toBe(0);
    expect((await fleet.versions())['ford']).toBe(landed);
    expect((await fleet.migrate('drift', '--tenant', 'ford')).code).toBe(0);
    expect((await fleet.migrate('apply')).code).toBe(0);
  });

  test('notes nothing where the tables are others, and tells the first difference', async () => {
    await forget();
    expect(await fleet.migrate('baseline', first, '--tenant', 'ford')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/Nothing was noted: ford has the table towels, which no migration makes/),
    });
    expect(
      await fleet.database.query(`select to_regclass('${schemaOf('ford')}.mikro_orm_migrations') is null as missing`),
    ).toEqual([{ missing: true }]);
    expect((await fleet.migrate('baseline', second, '--tenant', 'ford')).code).toBe(0);
  });

  test('refuses a version before those that were seen', async () => {
    expect(await fleet.migrate('baseline', first, '--tenant', 'arthur')).toMatchObject({
      code: 1,
      output: expect.stringContaining('which is not part of that baseline'),
    });
  });
});

describe('/ready', () => {
  const ready = async (url: string) => {
    const response = await fetch(`${url}/ready`);
    return [response.status, await response.json()];
  };

  test('answers 503 with what is missing until it is there, and /health all the while', async () => {
    const app = await startTestApp({ data: 'empty' });
    const last = `(select max(id) from public.mikro_orm_migrations)`;
    const [{ name }] = (await app.database.query<{ name: string }>(
      `delete from public.mikro_orm_migrations where id = ${last} returning name`,
    )) as [{ name: string }];
    expect(await ready(app.url)).toEqual([503, { status: 'not ready', reason: `default lacks ${landed}.` }]);
    expect((await fetch(`${app.url}/health`)).status).toBe(200);
    await app.database.query('insert into public.mikro_orm_migrations (name) values ($1)', [name]);
    while ((await ready(app.url))[0] !== 200) {
      await sleep(100);
    }
    expect(await ready(app.url)).toEqual([200, { status: 'ready' }]);
    await app.close();
  });
});

test('npm start says that other shops wait for migrations', async () => {
  await fleet.database.query(
    `delete from ${schemaOf('ford')}.mikro_orm_migrations where name like '%history_of_tenants'`,
  );
  const program = run('npm', ['start'], { DATABASE_URL: fleet.database.url, PORT: '0', LOG_LEVEL: 'silent' });
  await program.sees(/ford lacks \S+_history_of_tenants\. Run "npx pier2 migrate apply"/);
  process.kill(-program.process.pid!, 'SIGTERM');
  await program.ends();
});
