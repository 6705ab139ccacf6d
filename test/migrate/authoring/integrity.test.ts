import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkIntegrity, listNewMigrations, writeIntegrity } from '../../../src/migrate/integrity.js';
import { line } from './small-project.js';

let folder: string;
const folders = () => ({ platform: join(folder, 'platform'), tenant: join(folder, 'tenant') });
const file = (name: string) => join(folder, `${name}.ts`);
const list = () => join(folder, 'migrations.sum');
const found = async () => (await checkIntegrity(folders())).map(line);

/** Replaces text in the list. */
async function edit(change: (text: string) => string): Promise<void> {
  await writeFile(list(), change(await readFile(list(), 'utf8')));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-integrity-'));
  await mkdir(join(folder, 'platform'));
  await mkdir(join(folder, 'tenant'));
  await writeFile(file('platform/Migration1_countries'), 'countries\n');
  for (const name of ['Migration1_orders', 'Migration2_notes', 'Migration3_tasks']) {
    await writeFile(file(`tenant/${name}`), `${name}\nline\n`);
  }
  await writeIntegrity(folders());
});
afterEach(() => rm(folder, { recursive: true }));

describe('migrations.sum', () => {
  test('lists the migrations of both folders, and nothing is found while they stay as they are', async () => {
    const lines = (await readFile(list(), 'utf8')).split('\n').filter(row => !/^(#|$)/.test(row));
    expect(lines.map(row => row.split(' ')[0])).toEqual([
      'platform/Migration1_countries.ts',
      'tenant/Migration1_orders.ts',
      'tenant/Migration2_notes.ts',
      'tenant/Migration3_tasks.ts',
    ]);
    expect(await found()).toEqual([]);
  });

  test('minds neither how Git ends lines on Windows, nor what is built', async () => {
    const path = file('tenant/Migration2_notes');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\r\n'));
    await edit(text => text.replaceAll('\n', '\r\n'));
    await writeFile(join(folder, 'tenant/Migration2_notes.js'), '');
    await writeFile(join(folder, 'tenant/Migration2_notes.d.ts'), '');
    await writeFile(join(folder, 'tenant/.snapshot.json'), '{}');
    expect(await found()).toEqual([]);
  });

  test('tells which migration was edited', async () => {
    await writeFile(file('tenant/Migration2_notes'), 'other\n');
    expect(await found()).toEqual([
      'Migration2_notes.ts:1 migration-edited Migration2_notes was changed after it was listed.',
    ]);
  });

  test('tells which one is gone, and where its text is now', async () => {
    await rename(file('tenant/Migration2_notes'), file('tenant/Migration4_notes'));
    expect(await found()).toEqual([
      'migrations.sum:8 migration-removed Migration2_notes is listed, and its file is gone; its text is in Migration4_notes.ts now.',
      expect.stringContaining('Migration4_notes.ts:1 migration-not-listed'),
    ]);
  });

  test('tells a gap where a migration went with its line', async () => {
    await rm(file('tenant/Migration2_notes'));
    await edit(text => text.replace(/^tenant\/Migration2.*\n/m, ''));
    expect(await found()).toEqual([
      'migrations.sum:8 migrations-reordered The line of Migration3_tasks does not follow that of Migration1_orders, as it was written.',
    ]);
  });

  test('tells lines in another order, and one that stands there twice', async () => {
    await edit(text => text.replace(/^(tenant\/Migration1.*\n)(tenant\/Migration2.*\n)/m, '$2$1'));
    expect(await found()).toEqual([
      'migrations.sum:7 migrations-reordered The line of Migration2_notes is not the first one, as it was written.',
      'migrations.sum:8 migrations-reordered Migration1_orders is listed behind Migration2_notes.',
      'migrations.sum:9 migrations-reordered The line of Migration3_tasks does not follow that of Migration1_orders, as it was written.',
    ]);
    await writeIntegrity(folders());
    await edit(text => text.replace(/^(tenant\/Migration1.*\n)/m, '$1$1'));
    expect(await found()).toEqual(['migrations.sum:8 migrations-reordered Migration1_orders is listed twice.']);
  });

  test('tells a new migration, and one that comes before those that are listed', async () => {
    await writeFile(file('tenant/Migration4_pages'), '');
    await writeFile(file('tenant/Migration2_late'), '');
    expect(await found()).toEqual([
      'Migration2_late.ts:1 migration-inserted Migration2_late is new and comes before Migration3_tasks, which is listed.',
      expect.stringMatching(
        '^Migration4_pages.ts:1 migration-not-listed Migration4_pages is not in .*migrations.sum.$',
      ),
    ]);
  });

  test('takes in new migrations alone, where others were changed', async () => {
    await writeFile(file('tenant/Migration4_pages'), '');
    await writeFile(file('tenant/Migration2_notes'), 'other\n');
    await listNewMigrations(folders());
    expect(await found()).toEqual([expect.stringContaining('migration-edited')]);
  });

  test('tells that it is missing, or has lines that are none', async () => {
    await edit(text => text.replace(/^tenant\/Migration3.*$/m, '<<<<<<< ours'));
    expect(await found()).toEqual([
      'migrations.sum:9 migrations-sum-unreadable This line names no migration with its two hashes.',
      expect.stringContaining('Migration3_tasks.ts:1 migration-not-listed'),
    ]);
    await rm(list());
    expect(await found()).toEqual([expect.stringMatching(/^migrations.sum:1 migrations-sum-unreadable There is no /)]);
  });

  test('does not merge when two branches have added a migration each', async () => {
    const git = async (...args: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=x', '-c', 'user.email=x@pier2.example', ...args], { cwd: folder });
    await git('init', '-q', '-b', 'main');
    await git('add', '.');
    await git('commit', '-qm', 'base');
    for (const [branch, name] of [
      ['one', 'Migration4_one'],
      ['two', 'Migration5_two'],
    ] as const) {
      await git('checkout', '-q', '-b', branch, 'main');
      await writeFile(file(`tenant/${name}`), name);
      await writeIntegrity(folders());
      await git('add', '.');
      await git('commit', '-qm', branch);
    }
    await expect(git('merge', 'one')).rejects.toThrow();
    const conflict = await readFile(list(), 'utf8');
    expect(conflict).toMatch(/^<{7}[^]*Migration5_two[^]*={7}[^]*Migration4_one[^]*>{7}/m);
    // Both lines kept by hand are no chain.
    await writeFile(list(), conflict.replaceAll(/^[<=>]{7}.*\n/gm, ''));
    expect(await found()).toContainEqual(expect.stringContaining('migrations-reordered'));
    // The lines of the one that landed first, as its header says.
    await writeFile(list(), conflict.replace(/^<{7}[^]*={7}\n/m, '').replace(/^>{7}.*\n/m, ''));
    await listNewMigrations(folders());
    expect(await found()).toEqual([]);
  });
});
