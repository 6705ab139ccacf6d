import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { type MigrationContext, migrationOptions } from '../../database/orm.options.js';
import { migratorExtension } from '../migrator-extension.js';
import { type Ask, decideRenames, type Told } from './decisions.js';
import { DraftMigrator } from './draft-migrator.js';
import { expansionCode } from './expansion-code.js';
import { renameIn, type RenameStatements } from './rename.js';
import { type ExpansionTold, replaceIn } from './replaced-column.js';
import { inSafeForms, type Part } from './safe-forms.js';
import type { Snapshot } from './snapshot.js';
import { checkName, type Created, type Draft, snapshotName, writeMigrations } from './write-migrations.js';

/** What is wanted of a new migration. */
export interface CreateOptions extends Told {
  /** What changes, in a few words joined by `_`. */
  name: string;
  /** Whether it is written without any statement where there is nothing to change. */
  blank?: boolean;
  /** Asks which of two it is, where something is gone and something like it is new; without it, that is refused. */
  ask?: Ask | undefined;
  /** A column that is replaced while programs that know either serve. */
  expand?: ExpansionTold | undefined;
}

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
    const replaced = options.expand && (await replaceIn(snapshot, entities, options.expand, migrator));
    const renames = await decideRenames(snapshot, entities, options, options.ask);
    const renaming = renameIn(snapshot, entities, renames);
    await writeFile(join(scratch, snapshotName), JSON.stringify(snapshot));
    const { up, down } = await migrator.difference();
    const parts = withRenames(await inSafeForms({ up, down }), renaming);
    const rest = (parts.length === 0 && options.blank ? [nothing] : parts).map((part): Draft => ({
      suffix: replaced && part.suffix === '' ? '_besides' : part.suffix,
      write: async name => ({ ...part, code: await migrator.code(name, part) }),
    }));
    const drafts = replaced
      ? [{ suffix: '', write: (name: string) => expansionCode(name, folder, replaced) }, ...rest]
      : rest;
    if (drafts.length === 0) {
      return undefined;
    }
    await migrator.writeSnapshot();
    return await writeMigrations(context, options.name, drafts, join(scratch, snapshotName));
  } finally {
    await orm.close(true);
    await rm(scratch, { recursive: true });
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
