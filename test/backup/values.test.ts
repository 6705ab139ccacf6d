import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connected } from '../support/server.js';
import { type Fleet, schemaOf, startFleet } from '../migrate/fleet/fleet-fixtures.js';
import { type Backups, contentsOf, startBackups } from './backup-fixtures.js';

jest.setTimeout(120_000);

const long = `${'long "text", \\ and \n'.repeat(400_000)}🧻`;

/** Values that some program or other gets wrong, by the types of columns; all that the tables use and some more. */
const hostile: Record<string, string[]> = {
  text: [
    '',
    ' ',
    '\\N',
    '\\.',
    '\\',
    '\\\\.\\n',
    `tab\there, back\\slash, "quote", 'quote', $$, ;--`,
    'new\nline\r\nand\rreturn\v\f\b',
    '\\.\n\\.\r\n',
    '\u0001\u001f\u007f\u0085\u00a0\u2028\ufeff\ufffd',
    '🥪 👩‍👩‍👧‍👦 é é ﷽ ﺎ אב‏ 𝒳',
    'NULL',
    '{"json": "\\u0000"}',
    long,
  ],
  'text[]': [
    '{}',
    '{NULL,"NULL","","a,b","{}","\\"","\\\\","\\\\N"," ","tab\there\nline"}',
    '{{a,b},{c,d}}',
    '[0:1]={a,b}',
  ],
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  boolean: ['true', 'false'],
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647', '0'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
  'integer[]': ['{}', '{NULL,-2147483648}', '[-1:0]={1,2}'],
  numeric: [
    'NaN',
    'Infinity',
    '-Infinity',
    '0.0000',
    '-0.10',
    `-${'9'.repeat(2000)}.${'9'.repeat(2000)}`,
    `0.${'0'.repeat(16_000)}1`,
    '1e131071',
  ],
  'numeric(20,4)': ['9999999999999999.9999', '-9999999999999999.9999', '0.1'],
  real: ['NaN', '-Infinity', '1e-45', '3.4028235e38', '-0', '0.1'],
  'double precision': ['NaN', 'Infinity', '5e-324', '1.7976931348623157e308', '-0', '0.1', '0.30000000000000004'],
  'timestamp(3) with time zone': [
    'infinity',
    '-infinity',
    '4713-01-01 00:00:00+00 BC',
    '294276-12-31 23:59:59.999+00',
    '2026-03-29 02:30:00.123+01',
    '1883-11-18 12:03:57.001-07:52:58',
    '2016-12-31 23:59:60+00',
  ],
  'timestamp with time zone': ['2026-11-21 20:30:00.123456+05:45'],
  'timestamp(6) with time zone': ['2026-11-21 20:30:00.123456+05:45'],
  'timestamp without time zone': ['infinity', '2026-03-29 02:30:00.000001'],
  date: ['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '2024-02-29'],
  'time without time zone': ['00:00', '24:00', '23:59:59.999999'],
  'time with time zone': ['23:59:59.999999+15:59:59', '00:00-15:59'],
  interval: ['-1 year 2 mons -3 days 04:05:06.789', '178000000 years', '-00:00:00.000001'],
  jsonb: ['null', '{}', '"\\u00e9\\n\\"\\\\"', '{"a":[1e400,-0.0,1.10,"\\ud83e\\uddfb"],"":{"\\\\N":null}}'],
  json: ['{"b":1,  "a":1.0, "a":2}', '"\\u0000"'],
  bytea: ['', '\\x00', '\\x5c2e0a5c4e09', '\\xdeadbeef'],
  inet: ['::1/64', '255.255.255.255/0'],
  int4range: ['empty', '(,)', '[1,10)'],
  tsvector: [`'a b':1A '''':2 '\\\\':3B`],
  'character varying(255)': ['\\.', 'æ'.repeat(255)],
  'character(3)': ['a  ', '   '],
  'bit(1)': ['0', '1'],
  xml: ['<a>&lt;\n</a>'],
};

let fleet: Fleet;
let backups: Backups;
const arthur = schemaOf('arthur');
beforeAll(async () => {
  fleet = await startFleet(['arthur']);
  const columns = Object.keys(hostile).map((type, index) => `"c ""${index}\\" ${type} default null`);
  await fleet.add('hostile', {
    up: [
      `create table "Hos""tile / table" (id bigint generated always as identity primary key, ${columns.join(', ')},
         doubled numeric generated always as (id * 2) stored)`,
      `alter table "Hos""tile / table" add "late" text default 'late', drop column "c ""0\\"`,
      `alter table "Hos""tile / table" add "c ""0\\" text`,
      `create table "empty" ()`,
      `create sequence counted start 5 increment 3`,
    ],
    down: [`drop table "Hos""tile / table"`, 'drop table "empty"', 'drop sequence counted'],
  });
  expect((await fleet.migrate('apply')).code).toBe(0);
  backups = await startBackups(fleet.folder);
});
afterAll(async () => {
  await fleet.close();
  await backups.close();
});

test('each type of the tables has values that are hard to keep', async () => {
  const types = await fleet.database.query<{ type: string }>(
    `select distinct format_type(a.atttypid, a.atttypmod) as type from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = '${arthur}'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`,
  );
  expect(Object.keys(hostile)).toEqual(expect.arrayContaining(types.map(({ type }) => type)));
});

test('all of them come back byte for byte, whatever the settings of the databases are', async () => {
  const table = `${arthur}."Hos""tile / table"`;
  await connected(fleet.database.url, async client => {
    for (const [index, values] of Object.values(hostile).entries()) {
      for (const value of values) {
        await client.query(`insert into ${table} ("c ""${index}\\") values ($1)`, [value]);
      }
    }
    await client.query(`insert into ${arthur}."empty" default values`);
    await client.query(`insert into ${arthur}."empty" default values`);
    await client.query(`select nextval('${arthur}.counted') from generate_series(1, 4)`);
    // The order of rows is that of the table, and not that of a key.
    await client.query(`update ${table} set late = 'later' where id % 3 = 0`);
  });
  const before = await contentsOf(fleet.database.url, arthur);
  const [{ database }] = (await fleet.database.query<{ database: string }>(
    'select current_database() as database',
  )) as [{ database: string }];
  const set = (name: string, value: string) =>
    fleet.database.query(`alter database "${database}" set ${name} to '${value}'`);
  await set('datestyle', 'German, DMY');
  await set('timezone', 'Asia/Kathmandu');
  await set('intervalstyle', 'sql_standard');
  await set('extra_float_digits', '-10');
  await set('bytea_output', 'escape');
  await set('standard_conforming_strings', 'off');
  await set('statement_timeout', '1000');
  const { name } = await backups.create(fleet.database.url, arthur);
  await set('datestyle', 'SQL, MDY');
  await set('timezone', 'America/St_Johns');
  await set('client_encoding', 'LATIN1');
  await fleet.database.query(
    `truncate ${table}; drop sequence ${arthur}.counted; create sequence ${arthur}.counted start 5 increment 3`,
  );
  expect(await backups.verify(fleet.database.url, name)).toMatchObject({ tenant: 'arthur' });
  await backups.restore(fleet.database.url, name);
  await fleet.database.query(`alter database "${database}" reset all`);
  expect(await contentsOf(fleet.database.url, arthur)).toEqual(before);
  expect(
    await fleet.database.query(
      `insert into ${table} (late) values ('next') returning id, nextval('${arthur}.counted') as counted`,
    ),
  ).toEqual([{ id: String(Object.values(hostile).flat().length + 1), counted: '17' }]);
});
