import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fingerprints } from '../../../src/migrate/fingerprint.js';
import { endPrograms } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford', 'trillian']);
});
afterEach(endPrograms);
afterAll(() => fleet.close());

const change = (shop: string, sql: string) =>
  fleet.database.query(`begin; set local search_path to ${schemaOf(shop)}; ${sql}; commit`);

describe('the fingerprint of a schema', () => {
  const ofShops = (...shops: string[]) =>
    connected(fleet.database.url, async client => {
      const found = await fingerprints(client, shops.map(schemaOf));
      return shops.map(shop => found.get(schemaOf(shop)));
    });

  test('is the same for schemas of one form, the default one too', async () => {
    const [arthur, ford] = await ofShops('arthur', 'ford');
    expect(arthur).toEqual(ford);
    const [standard] = await connected(fleet.database.url, async client => [
      (await fingerprints(client, ['public'])).get('public'),
    ]);
    expect(standard).toEqual(arthur);
  });

  test('does not tell apart what came in another order', async () => {
    await change('ford', 'alter table stores add a int, add b int');
    await change('arthur', 'alter table stores add b int, add a int');
    const [arthur, ford] = await ofShops('arthur', 'ford');
    expect(arthur).toEqual(ford);
    await change('ford', 'alter table stores drop a, drop b');
    await change('arthur', 'alter table stores drop a, drop b');
  });

  test('tells apart of which table a view is, and of whose', async () => {
    const view = (of: string) => `create or replace view sofas as select towels.* from ${of} as towels`;
    const tables = 'create table towels (colour text); create table curtains (colour text)';
    await change('arthur', `${tables}; ${view('towels')}`);
    await change('ford', `${tables}; ${view('towels')}`);
    const areEqual = async () => new Set(await ofShops('arthur', 'ford')).size === 1;
    expect(await areEqual()).toBe(true);
    await change('ford', view('curtains'));
    expect(await areEqual()).toBe(false);
    await change('ford', view(`${schemaOf('arthur')}.towels`));
    expect(await areEqual()).toBe(false);
    await change('ford', 'drop view sofas; drop table towels, curtains');
    await change('arthur', 'drop view sofas; drop table towels, curtains');
  });

  test.each([
    ['a column’s type', 'alter table stores alter name type varchar(90)', 'alter table stores alter name type text'],
    ['a default', `alter table stores alter name set default 'x'`, 'alter table stores alter name drop default'],
    [
      'whether there may be none',
      'alter table stores alter name drop not null',
      'alter table stores alter name set not null',
    ],
    ['a table', 'create table towels ()', 'drop table towels'],
    ['a view', 'create view towels as select 1 as a', 'drop view towels'],
    ['a sequence', 'create sequence towels', 'drop sequence towels'],
    ['a type', `create type towel as enum ('wet')`, 'drop type towel'],
    ['an index', 'create index towels on stores (name) where id is not null', 'drop index towels'],
    [
      'a constraint',
      `alter table stores add constraint towels check (name <> 'x')`,
      'alter table stores drop constraint towels',
    ],
    [
      'a constraint that was not looked at',
      `alter table stores add constraint towels check (name <> 'x') not valid`,
      'alter table stores drop constraint towels',
    ],
    ['a function', 'create function towels() returns int language sql return 1', 'drop function towels'],
    ['a trigger that is off', 'alter table users disable trigger all', 'alter table users enable trigger all'],
    ['row security', 'alter table stores enable row level security', 'alter table stores disable row level security'],
    ['a policy', 'create policy towels on stores using (true)', 'drop policy towels on stores'],
    ['storage settings', 'alter table stores set (fillfactor = 50)', 'alter table stores reset (fillfactor)'],
  ])('tells apart %s', async (_what, does, undoes) => {
    await change('ford', does);
    const [arthur, ford] = await ofShops('arthur', 'ford');
    expect(ford).not.toEqual(arthur);
    await change('ford', undoes);
    expect(await ofShops('ford')).toEqual([arthur]);
  });
});

describe('pier2 migrate drift', () => {
  test('finds schemas as the migrations give them', async () => {
    const { code, json } = await fleet.migrate('drift', '--json');
    expect([code, json]).toMatchObject([
      0,
      [{ migration: landed, tenants: ['arthur', 'default', 'ford', 'trillian'], difference: null }],
    ]);
  });

  test('groups those that are not, with the first object that differs, and notes it for the status', async () => {
    await change('ford', 'drop index stores_state_index');
    await change('trillian', 'alter table stores alter state drop not null');
    const { code, output } = await fleet.migrate('drift');
    expect(code).toBe(1);
    expect(output).toMatch(/arthur, default, at \S+: as the migrations give it/);
    expect(output).toMatch(/ford, at \S+: lacks the index CREATE INDEX stores_state_index ON stores/);
    expect(output).toMatch(
      /trillian, at \S+: has the column stores.state text default .*\n {2}instead of the column stores.state text not null/,
    );
    const status = await fleet.migrate('status');
    expect([status.code, status.output]).toEqual([1, expect.stringMatching(/2 known to drift[^]*lacks the index/)]);
  });

  test('compares a shop with what the migrations give that it has seen, not with the last version', async () => {
    const added = await fleet.add('note', {
      up: ['alter table stores add note text'],
      down: ['alter table stores drop note'],
    });
    expect((await fleet.migrate('apply', '--tenant', 'arthur')).code).toBe(0);
    const { code, json } = await fleet.migrate('drift', '--tenant', 'arthur', '--tenant', 'default', '--json');
    expect([code, json.map(({ migration }: { migration: string }) => migration).sort()]).toEqual([
      0,
      [landed, added].sort(),
    ]);
  });

  test('keeps apply from schemas that are not right, unless it is told otherwise', async () => {
    const refused = await fleet.migrate('apply');
    expect([refused.code, refused.output]).toEqual([3, expect.stringMatching(/ford, at \S+: lacks the index/)]);
    expect((await fleet.versions())['ford']).toBe(landed);
    expect((await fleet.migrate('apply', '--allow-drift')).code).toBe(0);
    expect((await fleet.versions())['ford']).not.toBe(landed);
  });

  test('tells of migrations that this build does not have', async () => {
    await fleet.database.query(
      `insert into ${schemaOf('arthur')}.mikro_orm_migrations (name) values ('Migration_of_tomorrow')`,
    );
    expect(await fleet.migrate('drift', '--tenant', 'arthur')).toMatchObject({
      code: 1,
      output: expect.stringContaining('has seen Migration_of_tomorrow, which this build does not have'),
    });
  });
});
