import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { checkIntegrity, foldersBeside, writeIntegrity } from '../../src/migrate/integrity.js';
import { fingerprint } from '../support/fingerprint.js';
import { endPrograms } from '../support/process.js';
import { type Fleet, schemaOf, startFleet } from './fleet/fleet-fixtures.js';

// Each command takes seconds to start, and these tests go on from each other.
jest.setTimeout(120_000);

let fleet: Fleet;
let last: string;
let later: string;
let squashed: string;
let old: string[];

beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford', 'trillian']);
  await fleet.add('a_towels', {
    up: [
      'create table towels (id int primary key, colour text)',
      "insert into towels values (1, 'blue'), (2, 'a \\ `tick` ${x}')",
    ],
    down: ['drop table towels'],
  });
  await fleet.add('b_index', {
    up: ['create index concurrently towels_colour on towels (colour)'],
    down: ['drop index concurrently towels_colour'],
    alone: true,
  });
  last = await fleet.add('c_size', {
    up: ['alter table towels add size int', 'update towels set size = id * 10'],
    down: ['alter table towels drop size'],
  });
  later = await fleet.add('d_later', {
    up: ['alter table towels add later int'],
    down: ['alter table towels drop later'],
  });
  squashed = `${last}_squashed`;
  old = await files();
  await writeIntegrity(foldersBeside(fleet.folder));
});
afterEach(endPrograms);
afterAll(() => fleet.close());

async function files(): Promise<string[]> {
  const names = (await readdir(fleet.folder)).filter(file => file.endsWith('.ts'));
  return names.map(file => file.replace('.ts', '')).sort();
}

/** What a shop is noted to have seen. */
async function notedOf(shop: string): Promise<string[]> {
  const rows = await fleet.database.query<{ name: string }>(
    `select name from ${schemaOf(shop)}.mikro_orm_migrations order by id`,
  );
  return rows.map(({ name }) => name);
}

test('is refused while a shop has not seen all, and while one is not as the migrations make it', async () => {
  expect((await fleet.migrate('apply', '--tenant', 'arthur')).code).toBe(0);
  expect(await fleet.migrate('squash', '--to', last)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/default is not noted to have seen \w+_a_towels\.\nford is not/),
  });
  expect((await fleet.migrate('apply', '--to', last)).code).toBe(0);
  await fleet.database.query(`alter table ${schemaOf('ford')}.towels add surprise int`);
  expect(await fleet.migrate('squash', '--to', last)).toMatchObject({
    code: 3,
    output: expect.stringMatching(/ford, at \w+: has the column towels.surprise integer/),
  });
  await fleet.database.query(`alter table ${schemaOf('ford')}.towels drop surprise`);
  expect(await files()).toEqual(old);
});

test('is refused where a migration decides by rows that it reads', async () => {
  const reads = `${last}_reads`;
  await writeFile(
    join(fleet.folder, `${reads}.ts`),
    `import { Migration } from '@mikro-orm/migrations';
     export class ${reads} extends Migration {
       override name = '${reads}';
       override async up(): Promise<void> {
         if ((await this.execute('select 1 as found')).length > 0) {
           this.addSql('create table found (id int)');
         }
       }
     }`,
  );
  await writeIntegrity(foldersBeside(fleet.folder));
  expect((await fleet.migrate('apply', '--to', reads)).code).toBe(0);
  expect(await fleet.migrate('squash', '--to', reads)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/would not do the same.* it lacks the table found/),
  });
  await fleet.database.query(
    ['public', ...['arthur', 'ford', 'trillian'].map(schemaOf)]
      .map(schema => `drop table ${schema}.found; delete from ${schema}.mikro_orm_migrations where name = '${reads}'`)
      .join(';'),
  );
  await rm(join(fleet.folder, `${reads}.ts`));
  await writeIntegrity(foldersBeside(fleet.folder));
});

test('tells in a dry run what it would do, and does nothing', async () => {
  const { code, json } = await fleet.migrate('squash', '--to', last, '--dry-run', '--json');
  expect([code, json]).toMatchObject([0, { migration: squashed, replaces: old.slice(0, -1), written: false }]);
  expect(await files()).toEqual(old);
});

test('puts one file in the place of the old ones, and lists it', async () => {
  const noted = await notedOf('ford');
  expect(await fleet.migrate('squash', '--to', 'c_size')).toMatchObject({
    code: 0,
    output: expect.stringContaining(`${squashed} replaces ${old[0]}, `),
  });
  expect(await files()).toEqual([squashed, later]);
  expect(await readFile(join(fleet.folder, `${squashed}.ts`), 'utf8')).toContain('update towels set size = id * 10');
  expect(await checkIntegrity(foldersBeside(fleet.folder))).toEqual([]);
  expect(await notedOf('ford')).toEqual(noted);
});

test('counts as seen by who has seen all that it replaces', async () => {
  expect((await fleet.migrate('drift')).code).toBe(0);
  const { json } = await fleet.migrate('status', '--json');
  expect(json.tenants).toMatchObject([
    { tenant: 'arthur', migration: later, pending: [], unknown: [] },
    { tenant: 'default', migration: squashed, pending: [later], unknown: [] },
    { tenant: 'ford', migration: squashed, pending: [later], unknown: [] },
    { tenant: 'trillian', migration: squashed, pending: [later], unknown: [] },
  ]);
  expect((await fleet.migrate('plan')).code).toBe(0);
  expect((await fleet.migrate('apply')).code).toBe(0);
  expect((await fleet.migrate('wait', '--timeout', '0')).code).toBe(0);
  expect(await notedOf('ford')).toEqual([...old.slice(0, -1), later]);
});

test('gives a new shop the same tables and rows, and notes the old ones for builds that still have them', async () => {
  await fleet.database.query(`drop schema ${schemaOf('trillian')} cascade; create schema ${schemaOf('trillian')}`);
  expect((await fleet.migrate('apply', '--tenant', 'trillian')).code).toBe(0);
  expect(await fingerprint(fleet.database, schemaOf('trillian'))).toEqual(
    await fingerprint(fleet.database, schemaOf('arthur')),
  );
  const rows = (shop: string) => fleet.database.query(`select * from ${schemaOf(shop)}.towels order by id`);
  expect(await rows('trillian')).toEqual([
    { id: 1, colour: 'blue', size: 10, later: null },
    { id: 2, colour: 'a \\ `tick` ${x}', size: 20, later: null },
  ]);
  expect(await rows('trillian')).toEqual(await rows('arthur'));
  expect(await notedOf('trillian')).toEqual([...old.slice(0, -1), squashed, later]);
  expect((await fleet.migrate('drift')).code).toBe(0);
});

test('is not run by a shop that has seen some of what it replaces, and says what to do', async () => {
  await fleet.database.query(`delete from ${schemaOf('ford')}.mikro_orm_migrations where name = '${last}'`);
  const told = new RegExp(
    `ford, at .*has not seen ${last} of those that ${squashed} replaces; run the migrations of the`,
  );
  expect(await fleet.migrate('apply')).toMatchObject({ code: 3, output: expect.stringMatching(told) });
  const forced = await fleet.migrate('apply', '--allow-drift');
  expect(forced).toMatchObject({ code: 1, output: expect.stringMatching(/ford: .*has not seen/) });
  expect(await fleet.migrate('squash', '--finish')).toMatchObject({
    code: 1,
    output: expect.stringContaining(`ford is not noted to have seen ${squashed}.`),
  });
  await fleet.database.query(
    `update ${schemaOf('ford')}.mikro_orm_migrations set name = '${last}' where name = '${later}';
     insert into ${schemaOf('ford')}.mikro_orm_migrations (name) values ('${later}')`,
  );
  expect((await fleet.migrate('down', '--tenant', 'ford', '--yes')).code).toBe(0);
});

test('is taken back as a whole, with what it replaces', async () => {
  expect((await fleet.migrate('down', '--tenant', 'arthur', '--yes')).code).toBe(0);
  expect(await notedOf('arthur')).toEqual(old.slice(0, -1));
  expect((await fleet.migrate('down', '--tenant', 'trillian', '--to', '0', '--yes')).code).toBe(0);
  expect(await notedOf('trillian')).toEqual([]);
  expect((await fleet.migrate('apply')).code).toBe(0);
  expect((await fleet.migrate('drift')).code).toBe(0);
});

test('forgets what it has replaced when that is asked for, in every shop', async () => {
  expect((await fleet.migrate('squash', '--finish', '--dry-run')).output).toContain('4 of 4 shops have something');
  expect(await fleet.migrate('squash', '--finish')).toMatchObject({
    code: 0,
    output: expect.stringContaining('4 of 4 shops had something to forget.'),
  });
  for (const shop of ['arthur', 'ford', 'trillian']) {
    expect(await notedOf(shop)).toEqual([squashed, later]);
  }
  expect((await fleet.migrate('squash', '--finish')).output).toContain('0 of 4 shops had something to forget.');
  expect((await fleet.migrate('status')).code).toBe(0);
  expect((await fleet.migrate('drift')).code).toBe(0);
});

test('can be squashed again then', async () => {
  expect((await fleet.migrate('squash', '--to', later)).code).toBe(0);
  expect(await files()).toEqual([`${later}_squashed`]);
  expect((await fleet.migrate('status')).code).toBe(0);
});
