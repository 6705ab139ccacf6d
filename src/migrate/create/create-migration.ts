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
import { renameIn, type RenameStatements } from './rename.js';
import { inSafeForms, type Part } from './safe-forms.js';
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

const snapshotName = '.snapshot.json';

/** Where the ORM is told that its database is: nothing listens there, and nothing asks. */
export const nowhere = 'postgresql://nobody@localhost:1/none';

/**
 * Writes the migration that brings the tables from where the last one left them to the entities, and back, and takes it into
 * the snapshot and the list of migrations. What would make others wait is divided among several. Needs no database. Where it fails, all files are as they were.
 * @returns undefined when there is nothing to change
 * @throws MigrateError when the name is none, or something that is gone may be renamed or dropped and nobody says which
 */
export async function createMigration(context: MigrationContext, options: CreateOptions): Promise<Created | undefined> {
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
    const parts = withRenames(await inSafeForms({ up, down }), renaming);
    if (parts.length === 0 && !options.blank) {
      return undefined;
    }
    await migrator.writeSnapshot();
    const times = await timesOfNext(folder);
    const migrations: (CreatedMigration & { path: string; code: string })[] = [];
    for (const part of parts.length > 0 ? parts : [nothing]) {
      const name = `Migration${times.next().value}_${options.name}${part.suffix}`;
      const path = join(folder, `${name}.ts`);
      const code = await migrator.code(name, part);
      migrations.push({ name, file: relative(projectFolder, path), up: part.up, down: part.down, path, code });
    }
    await put(folder, migrations, join(scratch, snapshotName));
    const { findings } = await lintMigrations({
      contexts: [{ contextName: context.contextName, migrationsFolder: folder }],
      files: migrations.map(({ path }) => path),
    });
    return {
      migrations: migrations.map(({ name, file, ...rest }) => ({ name, file, up: rest.up, down: rest.down })),
      findings,
    };
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

/** A migration that is to be filled in. */
const nothing: Part = { suffix: '', up: ['select 1;'], down: ['select 1;'], isTransactional: true };

/** Renames come first, since all else is of the new names. */
function withRenames(parts: readonly Part[], { up, down }: RenameStatements): Part[] {
  if (up.length === 0) {
    return [...parts];
  }
  const [first, ...others] = parts[0]?.suffix === '' ? parts : [{ ...nothing, up: [], down: [] }, ...parts];
  return [{ ...first!, up: [...up, ...first!.up], down: [...first!.down, ...down] }, ...others];
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
  newSnapshot: string,
): Promise<void> {
  const folders = foldersBeside(folder);
  const snapshot = join(folder, snapshotName);
  const list = listOf(folders);
  const before = await Promise.all([snapshot, list].map(async path => [path, await readFile(path)] as const));
  try {
    for (const { path, code } of migrations) {
      await writeFile(path, code, { flag: 'wx' });
    }
    await cp(newSnapshot, snapshot);
    await listNewMigrations(folders);
  } catch (error) {
    await Promise.all(migrations.map(({ path }) => rm(path, { force: true })));
    await Promise.all(before.map(([path, text]) => writeFile(path, text)));
    throw error;
  }
}
