import type { Migration } from '@mikro-orm/migrations';
import type { MigrationFile } from '../files.js';
import { loadMigrationClass, withoutDatabase } from '../recorded-migration.js';
import type { ColumnChange } from './column-change.js';
import { ContractMigration } from './contract-migration.js';
import { ExpandMigration } from './expand-migration.js';

/** A migration that takes an old column away, and what it needs. */
export interface Contract {
  migration: string;
  /** The migration that has added the new columns. */
  expansion: string;
  /** The migration that all programs have to know. */
  switched: string;
}

/** The changes of columns that migrations make in two steps. */
export interface Pairs {
  /** By the names of the migrations that add the new columns. */
  changes: Map<string, ColumnChange>;
  /** By their own names. */
  contracts: Map<string, Contract>;
}

/** Reads which of these migrations replace columns. Their classes are loaded for it. */
export async function readPairs(files: readonly MigrationFile[]): Promise<Pairs> {
  const pairs: Pairs = { changes: new Map(), contracts: new Map() };
  for (const { name, path } of files) {
    const migration = await load(path);
    if (migration instanceof ExpandMigration) {
      pairs.changes.set(name, migration.change);
    } else if (migration instanceof ContractMigration) {
      pairs.contracts.set(name, { migration: name, ...migration.needs });
    }
  }
  return pairs;
}

async function load(path: string): Promise<Migration | undefined> {
  const Class = await loadMigrationClass(path);
  const isPart = [ExpandMigration, ContractMigration].some(kind => Class.prototype instanceof kind);
  return isPart ? withoutDatabase(Class).migration : undefined;
}
