import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { addContract, addExpansion, changes } from '../migrate/expand/expand-fixtures.js';
import { type Fleet, schemaOf, startFleet } from '../migrate/fleet/fleet-fixtures.js';
import { fingerprint } from '../support/fingerprint.js';
import { type Backups, contentsOf, startBackups } from './backup-fixtures.js';

jest.setTimeout(240_000);

let fleet: Fleet;
let backups: Backups;
beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford']);
  backups = await startBackups(fleet.folder);
});
afterAll(async () => {
  await fleet.close();
  await backups.close();
});

const arthur = schemaOf('arthur');
const create = () => backups.create(fleet.database.url, arthur);
const restore = (name: string) => backups.restore(fleet.database.url, name);

/** Does something while a file of a migration is away. */
async function without(name: string, work: () => Promise<void>): Promise<void> {
  const path = join(fleet.folder, `${name}.ts`);
  await rename(path, `${path}.away`);
  await work().finally(() => rename(`${path}.away`, path));
}

describe('An archive of an older version', () => {
  let last: string;

  test('is brought to today’s, with what its migrations do to rows', async () => {
    await fleet.database.query(
      `insert into ${arthur}.customers (id, first_name, last_name, email) values (gen_random_uuid(), 'Arthur', 'Dent', 'arthur@dent.example')`,
    );
    const { name } = await create();
    await fleet.add('a_towels', {
      up: ['create table towels (owner text primary key)', 'insert into towels select last_name from customers'],
      down: ['drop table towels'],
    });
    last = await fleet.add('b_index', {
      up: ['create index concurrently towels_lower on towels (lower(owner))'],
      down: ['drop index concurrently towels_lower'],
      alone: true,
    });
    expect((await fleet.migrate('apply')).code).toBe(0);
    await fleet.database.query(`delete from ${arthur}.customers; delete from ${arthur}.towels`);
    expect(await restore(name)).toMatchObject({ migrated: [expect.stringMatching(/a_towels/), last] });
    expect(await fleet.database.query(`select owner from ${arthur}.towels`)).toEqual([{ owner: 'Dent' }]);
    expect(await fingerprint(fleet.database, arthur)).toEqual(await fingerprint(fleet.database, schemaOf('ford')));
    expect((await fleet.versions())['arthur']).toBe(last);
    expect((await fleet.migrate('drift')).code).toBe(0);
  });

  test('is restored after its migrations were squashed', async () => {
    const { name } = await create();
    const before = await contentsOf(fleet.database.url, arthur);
    expect((await fleet.migrate('squash', '--to', last)).code).toBe(0);
    expect((await readdir(fleet.folder)).filter(file => file.endsWith('.ts'))).toEqual([`${last}_squashed.ts`]);
    await fleet.database.query(`delete from ${arthur}.towels`);
    await restore(name);
    expect(await contentsOf(fleet.database.url, arthur)).toEqual(before);
    expect((await fleet.migrate('status', '--json')).json.tenants).not.toContainEqual(
      expect.objectContaining({ name: 'arthur', pending: expect.arrayContaining([expect.anything()]) }),
    );
    expect((await fleet.migrate('drift')).code).toBe(0);
  });

  test('has its columns filled that are replaced, before the old ones go', async () => {
    await fleet.database.query(`update ${arthur}.customers set telephone = '+45 42 42 42 42'`);
    const { name } = await create();
    const expansion = await addExpansion(fleet, 'e_phone', changes.rename);
    const contract = await addContract(fleet, expansion);
    expect(await restore(name)).toMatchObject({ migrated: [expansion, contract] });
    expect(await fleet.database.query(`select phone from ${arthur}.customers`)).toEqual([{ phone: '+45 42 42 42 42' }]);
    expect((await fleet.versions())['arthur']).toBe(contract);
    expect((await fleet.migrate('drift', '--tenant', 'arthur')).code).toBe(0);
  });
});

describe('An archive of a newer version is refused, with the version and the remedy', () => {
  test('where this build lacks a migration', async () => {
    const newest = await fleet.add('f_newest', { up: ['create table newest (id int)'], down: ['drop table newest'] });
    expect((await fleet.migrate('apply', '--tenant', 'arthur')).output).toMatch(/arthur|1/);
    const { name } = await create();
    await without(newest, () =>
      expect(restore(name)).rejects.toThrow(
        `The archive is of version 0.1.0 and has seen ${newest}, which this build (0.1.0) does not have; restore it by a build of that version or a later one.`,
      ),
    );
  });

  test('where a migration is not what it was', async () => {
    const { name } = await create();
    const [last] = (await readdir(fleet.folder)).filter(file => file.includes('f_newest'));
    const path = join(fleet.folder, last!);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('(id int)', '(id int, more int)'));
    await expect(restore(name)).rejects.toThrow(
      /whose \w+_f_newest is not the one of this build \(0.1.0\): its file was edited/,
    );
    await writeFile(path, text);
  });

  test('where the shop itself was migrated by a newer build', async () => {
    const [last] = (await readdir(fleet.folder)).filter(file => file.includes('f_newest'));
    const newest = last!.replace('.ts', '');
    await fleet.database.query(
      `delete from ${arthur}.mikro_orm_migrations where name = '${newest}'; drop table ${arthur}.newest`,
    );
    const { name } = await create();
    expect((await fleet.migrate('apply', '--tenant', 'arthur')).code).toBe(0);
    await without(newest, () =>
      expect(restore(name)).rejects.toThrow(`The shop "arthur" has seen ${newest}, which this build does not have`),
    );
  });
});

describe('A shop that has drifted', () => {
  test('is restored as the migrations give it, where that is asked for', async () => {
    await fleet.database.query(`create index by_hand on ${arthur}.customers (last_name)`);
    const { name } = await create();
    await expect(restore(name)).rejects.toThrow(/not what its migrations give when it was archived.*--allow-drift/);
    await backups.restore(fleet.database.url, name, { allowDrift: true });
    expect((await fleet.migrate('drift', '--tenant', 'arthur')).code).toBe(0);
  });

  test('is not restored where its columns are others', async () => {
    await fleet.database.query(`alter table ${arthur}.customers add by_hand text`);
    const { name } = await create();
    const refused = /The archive has the column customers.by_hand \(text\), which its migrations do not give/;
    await expect(restore(name)).rejects.toThrow(refused);
    await expect(backups.restore(fleet.database.url, name, { allowDrift: true })).rejects.toThrow(refused);
  });
});
