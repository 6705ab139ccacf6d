import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { quote } from '../../errors.js';
import { projectFolder } from '../../project-folder.js';
import { migrationFiles } from '../files.js';
import { foldersBeside, listNewMigrations, listOf } from '../integrity.js';
import type { Finding } from '../lint/finding.js';
import { lintMigrations } from '../lint/lint-migrations.js';
import { MigrateError } from '../migrate-error.js';
import { migratorExtension } from '../migrator-extension.js';
import { type Ask, decideRenames, type Told } from './decisions.js';
import { DraftMigrator } from './draft-migrator.js';
import { renameIn } from './rename.js';
import type { Snapshot } from './snapshot.js';

/** What is wanted of a new migration. */
export interface CreateOptions extends Told {
  /** What changes, in a few words joined by `_`. */
  name: string;
  /** Whether it is written without any statement where there is nothing to change. */
  blank?: boolean;
  /** Asks which of two it is, where something is gone and something like it is new; without it, that is refused. */
  ask?: Ask | undefined;
}

/** A migration that was written. */
export interface CreatedMigration {
  name: string;
  /** From the project's folder. */
  file: string;
  up: string[];
  down: string[];
  /** What `pier2 migrate lint` finds in it. */
  findings: Finding[];
}

const snapshotName = '.snapshot.json';

/** Where the ORM is told that its database is: nothing listens there, and nothing asks. */
export const nowhere = 'postgresql://nobody@localhost:1/none';

/**
 * Writes the migration that brings the tables from where the last one left them to the entities, and back, and takes it into
 * the snapshot and the list of migrations. Needs no database. Where it fails, all files are as they were.
 * @returns undefined when there is nothing to change
 * @throws MigrateError when the name is none, or something that is gone may be renamed or dropped and nobody says which
 */
export async function createMigration(
  context: MigrationContext,
  options: CreateOptions,
): Promise<CreatedMigration | undefined> {
  checkName(options.name);
  const folder = context.migrationsFolder;
  const scratch = await mkdtemp(join(tmpdir(), 'pier2-create-'));
  const orm = await MikroORM.init(
    migrationOptions(
      nowhere,
      { ...context, migrationsFolder: scratch, extensions: [migratorExtension(DraftMigrator)] },
      { silent: true },
    ),
  );
  try {
    const migrator = orm.migrator as DraftMigrator;
    const snapshot = JSON.parse(await readFile(join(folder, snapshotName), 'utf8')) as Snapshot;
    const entities = migrator.entities();
    const renames = await decideRenames(snapshot, entities, options, options.ask);
    const renaming = renameIn(snapshot, entities, renames);
    await writeFile(join(scratch, snapshotName), JSON.stringify(snapshot));
    const { up, down } = await migrator.difference();
    const statements = { up: [...renaming.up, ...up], down: [...down, ...renaming.down] };
    if (statements.up.length === 0 && !options.blank) {
      return undefined;
    }
    const name = await nameOfNext(folder, options.name);
    await migrator.writeSnapshot();
    await put(folder, `${name}.ts`, await migrator.code(name, statements), join(scratch, snapshotName));
    const path = join(folder, `${name}.ts`);
    const { findings } = await lintMigrations({
      contexts: [{ contextName: context.contextName, migrationsFolder: folder }],
      files: [path],
    });
    return { name, file: relative(projectFolder, path), ...statements, findings };
  } finally {
    await orm.close(true);
    await rm(scratch, { recursive: true });
  }
}

function checkName(name: string): void {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    throw new MigrateError(
      `A migration is called by lower-case words and numbers joined by "_", such as add_order_channel, not ${quote(name)}.`,
    );
  }
}

/** The name of a migration that comes after all others, also where somebody's clock was ahead. */
async function nameOfNext(folder: string, words: string): Promise<string> {
  const last = /^Migration(\d{14})/.exec((await migrationFiles(folder)).at(-1)?.name ?? '')?.[1] ?? '0';
  const [year, ...rest] = [last.slice(0, 4), ...(last.slice(4).match(/../g) ?? [])].map(Number);
  const [month = 1, ...parts] = rest;
  const afterLast = new Date(Date.UTC(year!, month - 1, ...parts) + 1000);
  const now = new Date();
  const time = (now > afterLast ? now : afterLast).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return `Migration${time}_${words}`;
}

/** Puts the migration, the snapshot and the list into their places; all of them, or none. */
async function put(folder: string, file: string, code: string, newSnapshot: string): Promise<void> {
  const folders = foldersBeside(folder);
  const snapshot = join(folder, snapshotName);
  const list = listOf(folders);
  const before = await Promise.all([snapshot, list].map(async path => [path, await readFile(path)] as const));
  try {
    await writeFile(join(folder, file), code, { flag: 'wx' });
    await cp(newSnapshot, snapshot);
    await listNewMigrations(folders);
  } catch (error) {
    await rm(join(folder, file), { force: true });
    await Promise.all(before.map(([path, text]) => writeFile(path, text)));
    throw error;
  }
}
