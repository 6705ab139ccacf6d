import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { listArchives } from '../../src/backup/list-archives.js';
import { type Fleet, landed, startFleet } from '../migrate/fleet/fleet-fixtures.js';
import { endPrograms, run } from '../support/process.js';
import { type Backups, startBackups } from './backup-fixtures.js';

jest.setTimeout(120_000);

let fleet: Fleet;
let backups: Backups;
beforeAll(async () => {
  fleet = await startFleet(['arthur']);
  backups = await startBackups(fleet.folder);
  await fleet.add('towels', { up: ['create table towels (id int)'], down: ['drop table towels'] });
});
afterEach(endPrograms);
afterAll(async () => {
  await fleet.close();
  await backups.close();
});

async function apply(storage: string) {
  const args = ['migrate', 'apply', '--backup-first', '--no-canaries', '--migrations', fleet.folder];
  const program = run(process.execPath, ['src/cli/pier2-command.js', ...args], {
    DATABASE_URL: fleet.database.url,
    BACKUP_STORAGE: storage,
  });
  return { code: await program.ends(), output: program.output() };
}

test('a shop that cannot be archived is not migrated', async () => {
  const file = join(backups.storage.place, 'no-folder');
  await writeFile(file, '');
  expect(await apply(file)).toEqual({
    code: 1,
    output: expect.stringMatching(
      /arthur: not begun: No backup was made: Cannot write .*: a file stands where a folder should be/,
    ),
  });
  expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([landed]));
});

test('the others are archived as they were before', async () => {
  const { code, output } = await apply(backups.storage.place);
  expect([code, output.split('\n').at(-2)]).toEqual([0, `Before that, archived 2 shops in ${backups.storage.place}.`]);
  const archives = await listArchives(backups.storage, 'all');
  expect(archives.map(({ sidecar }) => [sidecar?.tenant.name, sidecar?.migration]).sort()).toEqual([
    ['arthur', landed],
    ['default', landed],
  ]);
  expect(new Set(Object.values(await fleet.versions()))).not.toContain(landed);
});
