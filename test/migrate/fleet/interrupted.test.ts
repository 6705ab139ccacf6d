import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { endPrograms, type Program } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

const shops = ['arthur', 'ford', 'marvin', 'trillian', 'zaphod'];
let fleet: Fleet;
let last: string;

beforeAll(async () => {
  fleet = await startFleet(shops);
  await fleet.add('a_table', {
    up: ['create table first (id int)', 'select pg_sleep(0.5)'],
    down: ['drop table first'],
  });
  last = await fleet.add('b_table', {
    up: ['create table second (id int)', 'select pg_sleep(0.5)', 'alter table second add name text'],
    down: ['drop table second'],
  });
});
beforeEach(async () => {
  expect((await fleet.migrate('down', '--all', '--yes', '--to', landed)).code).toBe(0);
});
afterEach(endPrograms);
afterAll(() => fleet.close());

/** Waits until so many shops have seen something. */
function untilMigrated(count: number): Promise<void> {
  return connected(fleet.database.url, async client => {
    const moved = `select from platform.tenants where migration <> '${landed}'`;
    while ((await client.query(moved)).rows.length < count) {
      await sleep(10);
    }
  });
}

/** Whether each shop has the tables of the version that it is noted to have, and nothing of the next one. */
async function areWhole(): Promise<boolean> {
  const versions = await fleet.versions();
  const whole = shops.map(async name => {
    const columns = await fleet.database.query<{ column: string }>(
      `select c.relname || '.' || attname as column from pg_attribute join pg_class c on c.oid = attrelid
       where c.relnamespace = '${schemaOf(name)}'::regnamespace and c.relname in ('first', 'second') and attnum > 0 order by 1`,
    );
    const expected =
      versions[name] === landed
        ? []
        : versions[name] === last
          ? ['first.id', 'second.id', 'second.name']
          : ['first.id'];
    return JSON.stringify(columns.map(({ column }) => column)) === JSON.stringify(expected);
  });
  return (await Promise.all(whole)).every(Boolean);
}

/** Kills the command and whatever it has started. */
async function kill(program: Program): Promise<void> {
  process.kill(-program.process.pid!, 'SIGKILL');
  expect(await program.ends()).toBeNull();
}

test.each([0, 1, 2, 4])(
  'a run that is killed when %i shops have moved leaves each at a whole version, and a repeat completes',
  async count => {
    const program = fleet.start('apply', '--parallel', '2', '--no-canaries');
    if (count === 0) {
      await program.sees(/^/);
      await sleep(700);
    }
    await untilMigrated(count);
    await kill(program);
    // PostgreSQL ends what it is doing before it sees that nobody listens.
    await sleep(1000);
    expect(await areWhole()).toBe(true);
    expect(await fleet.migrate('apply')).toMatchObject({ code: 0 });
    expect(await areWhole()).toBe(true);
    expect((await fleet.migrate('status')).code).toBe(0);
  },
);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s lets the shops under way end, tells what is left, and ends with %i', async (signal, code) => {
  const program = fleet.start('apply', '--parallel', '1', '--no-canaries', '--json');
  await untilMigrated(1);
  process.kill(-program.process.pid!, signal);
  expect(await program.ends()).toBe(code);
  const report = JSON.parse(program.output());
  expect(report).toMatchObject({ stopped: 'interrupted', tenants: { failed: 0 } });
  expect(report.tenants.untried).toBeGreaterThan(0);
  expect(await areWhole()).toBe(true);
  const versions = Object.values(await fleet.versions());
  // Whoever was begun has seen both migrations.
  expect(new Set(versions)).toEqual(new Set([landed, last]));
  expect(await fleet.migrate('apply')).toMatchObject({ code: 0 });
});
