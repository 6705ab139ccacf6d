import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { Catalogue } from '../../../src/migrate/lint/catalogue.js';
import { effectsOf } from '../../../src/migrate/lint/effects.js';
import { loadParser } from '../../../src/migrate/lint/parser.js';
import { volatileFunctions } from '../../../src/migrate/lint/volatility.js';
import { createBareDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createBareDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  await client.query(
    `create schema if not exists extensions; create extension if not exists citext schema extensions; set time zone 'Asia/Kathmandu'`,
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const domains = `create domain name_text as text; create domain short_text as varchar(10);
create domain checked_text as text check (value <> '');`;

/** Types that stand for all that matter: with and without each modifier, and what is stored alike. */
const types = [
  ...['text', 'varchar', 'varchar(10)', 'varchar(20)', 'char(10)', 'char(20)', 'char', 'bpchar', 'extensions.citext'],
  ...['xml', 'json', 'jsonb', 'bytea', 'uuid', 'name', '"char"'],
  ...['text[]', 'varchar[]', 'varchar(10)[]', 'varchar(20)[]', 'numeric[]', 'numeric(10,2)[]', 'int[]'],
  ...['numeric', 'numeric(10)', 'numeric(10,2)', 'numeric(12,2)', 'numeric(12,4)', 'numeric(10,0)', 'decimal(12,2)'],
  ...['smallint', 'int', 'bigint', 'real', 'float8', 'oid', 'regclass', 'regtype', 'boolean', 'money'],
  ...['timestamp', 'timestamp(0)', 'timestamp(3)', 'timestamp(6)', 'timestamptz', 'timestamptz(3)', 'timestamptz(6)'],
  ...['time', 'time(0)', 'time(3)', 'timetz', 'timetz(3)', 'timetz(6)', 'date'],
  ...[
    'interval',
    'interval(3)',
    'interval(6)',
    'interval year',
    'interval year to month',
    'interval day',
    'interval day to hour',
  ],
  ...[
    'interval minute',
    'interval second',
    'interval second(3)',
    'interval day to second(3)',
    'interval hour to second',
  ],
  ...['bit(8)', 'bit(16)', 'bit', 'varbit', 'varbit(8)', 'varbit(16)', 'cidr', 'inet', 'macaddr'],
  ...['name_text', 'short_text', 'checked_text'],
];

test('Every change from one type to another is told apart as a server does it', async () => {
  const parser = await loadParser();
  await client.query(domains);
  await client.query(rewrites);
  const wrong: string[] = [];
  let possible = 0;
  for (const from of types) {
    await client.query(`create table t (c ${from})`);
    const catalogue = new Catalogue();
    parser.parse(`${domains} create table t (c ${from})`).forEach(({ node }) => catalogue.apply(node));
    // The same once by assignment, and once by a cast that is written.
    const changes = types.flatMap(to =>
      ['', ` using c::${to}`].map(using => `alter table t alter c type ${to}${using}`),
    );
    const seen = await client.query<{ sql: string; rewrites: boolean }>(
      'select sql, rewrites(sql) from unnest($1::text[]) sql',
      [changes],
    );
    for (const { sql, rewrites } of seen.rows.filter(row => row.rewrites !== null)) {
      possible++;
      const foretold = effectsOf(parser.parse(sql)[0]!.node, catalogue)[0]!.rewrites;
      if (foretold !== rewrites) {
        wrong.push(`${from}: ${sql}: foretold ${foretold}, seen ${rewrites}`);
      }
    }
    await client.query('drop table t');
  }
  expect(wrong).toEqual([]);
  expect(possible).toBeGreaterThan(2000);
}, 120_000);

/** Whether the server writes the table `t` anew for a change, which it takes back; null when there is no such change. */
const rewrites = `
create function rewrites(change text) returns boolean language plpgsql as $$
declare
  file oid := (select relfilenode from pg_class where oid = 't'::regclass);
begin
  execute change;
  raise exception 'seen %', file <> (select relfilenode from pg_class where oid = 't'::regclass);
exception when others then
  return case sqlerrm when 'seen t' then true when 'seen f' then false end;
end $$`;

test('The functions that are another value for each row are those of the server', async () => {
  // Those that give no value for a column, and those that look after the server, are of no matter.
  const { rows } = await client.query<{ name: string }>(
    `select distinct proname as name from pg_proc
     where provolatile = 'v' and prokind = 'f' and not proretset and pronamespace = 'pg_catalog'::regnamespace
       and prorettype not in (select oid from pg_type where typname ~ '^(trigger|event_trigger|void|internal|.*_handler)$')
       and proname !~ '^(amvalidate|pg_|lo_|lo|be_lo|binary_upgrade|brin_|gin_|ts_|currtid|txid_current|.*_to_xml)'
       and not exists (select from unnest(proargtypes) a where a = 'internal'::regtype)`,
  );
  expect([...volatileFunctions]).toEqual(expect.arrayContaining(rows.map(({ name }) => name)));
});
