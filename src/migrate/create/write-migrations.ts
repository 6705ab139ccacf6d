import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { MigrationContext } from '../../database/orm.options.js';
import { quote } from '../../errors.js';
import { projectFolder } from '../../project-folder.js';
import { migrationFiles } from '../files.js';
import { foldersBeside, listNewMigrations, listOf } from '../integrity.js';
import type { Finding } from '../lint/finding.js';
import { lintMigrations } from '../lint/lint-migrations.js';
import { MigrateError } from '../migrate-error.js';

export const snapshotName = '.snapshot.json';

/** What was written. */
export interface Created {
  /** In the order in which they run. */
  migrations: CreatedMigration[];
  /** What `pier2 migrate lint` finds in them. */
  findings: Finding[];
}

/** A migration that was written. */
export interface CreatedMigration {
  name: string;
  /** From the project's folder. */
  file: string;
  up: string[];
  down: string[];
}

/** A migration that is to be written. */
export interface Draft {
  /** What it does besides the change as a whole, for its name. */
  suffix: string;
  /** Its statements, and the text of its file. */
  write: (name: string) => Promise<{ up: string[]; down: string[]; code: string }>;
}

/** @throws MigrateError when a migration cannot be called so */
export function checkName(name: string): void {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    throw new MigrateError(
      `A migration is called by lower-case words and numbers joined by "_", such as add_order_channel, not ${quote(name)}.`,
    );
  }
}

/**
 * Writes migrations behind all others of a folder, and lists them. Where it fails, all files are as they were.
 * @param words what changes, in a few words joined by `_`
 * @param newSnapshot the file that becomes the folder's snapshot; none where that stays
 */
export async function writeMigrations(
  { contextName, migrationsFolder: folder }: Pick<MigrationContext, 'contextName' | 'migrationsFolder'>,
  words: string,
  drafts: readonly Draft[],
  newSnapshot?: string,
): Promise<Created> {
  const times = await timesOfNext(folder);
  const migrations: (CreatedMigration & { path: string; code: string })[] = [];
  for (const { suffix, write } of drafts) {
    const name = `Migration${times.next().value}_${words}${suffix}`;
    const path = join(folder, `${name}.ts`);
    const { up, down, code } = await write(name);
    migrations.push({ name, file: relative(projectFolder, path), up, down, path, code });
  }
  await put(folder, migrations, newSnapshot);
  const { findings } = await lintMigrations({
    contexts: [{ contextName, migrationsFolder: folder }],
    files: migrations.map(({ path }) => path),
  });
  return { migrations: migrations.map(({ name, file, up, down }) => ({ name, file, up, down })), findings };
}

/** The times of migrations that come after all others, also where somebody's clock was ahead. */
async function timesOfNext(folder: string): Promise<Iterator<string, never>> {
  const last = /^Migration(\d{14})/.exec((await migrationFiles(folder)).at(-1)?.name ?? '')?.[1] ?? '0';
  const [year, ...rest] = [last.slice(0, 4), ...(last.slice(4).match(/../g) ?? [])].map(Number);
  const [month = 1, ...parts] = rest;
  const afterLast = new Date(Date.UTC(year!, month - 1, ...parts) + 1000);
  const first = Math.max(Date.now(), afterLast.getTime());
  return (function* (): Generator<string, never> {
    for (let second = 0; ; second++) {
      yield new Date(first + second * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14);
    }
  })();
}

/** Puts migrations, the snapshot and the list into their places; all of them, or none. */
async function put(
  folder: string,
  migrations: readonly { path: string; code: string }[],
  newSnapshot: string | undefined,
): Promise<void> {
  const folders = foldersBeside(folder);
  const snapshot = join(folder, snapshotName);
  const list = listOf(folders);
  const before = await Promise.all([snapshot, list].map(async path => [path, await readFile(path)] as const));
  try {
    for (const { path, code } of migrations) {
      await writeFile(path, code, { flag: 'wx' });
    }
    if (newSnapshot !== undefined) {
      await cp(newSnapshot, snapshot);
    }
    await listNewMigrations(folders);
  } catch (error) {
    await Promise.all(migrations.map(({ path }) => rm(path, { force: true })));
    await Promise.all(before.map(([path, text]) => writeFile(path, text)));
    throw error;
  }
}
