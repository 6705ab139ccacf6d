import type { Effect } from '../lint/effects.js';
import type { LockMode } from '../lint/lock-modes.js';

/** A migration that was tried on a schema and rolled back. */
export interface RehearsedMigration {
  name: string;
  /** Whether it was run: one that cannot run in a transaction cannot be rolled back. */
  wasRun: boolean;
  /** What its statements took together. */
  milliseconds: number;
  statements: RehearsedStatement[];
}

/** A statement with what was foretold of it, and what was seen. */
export interface RehearsedStatement {
  sql: string;
  /** Where it stands; null when it is one that only the rows of this schema bring about. */
  file: string | null;
  line: number | null;
  /** What lint foretold, by table; null where it knows nothing of the statement. */
  foretold: Effect[] | null;
  /** Null when it was not run. */
  seen: SeenEffects | null;
  /** The tables for which the two differ. */
  differences: Difference[];
}

/** What a statement did. */
export interface SeenEffects {
  milliseconds: number;
  /** The locks that it took of tables which were there before, each the strongest of its table. */
  locks: SeenLock[];
  /** Tables whose rows were written anew. */
  rewrites: string[];
  /** Tables that were read as a whole, and the rows that were read, once for each time and version of a row. */
  scans: { table: string; rows: number }[];
  /** Tables with rows that were added, changed or deleted. */
  rows: { table: string; inserted: number; updated: number; deleted: number }[];
  /** How far the server's log of writes grew meanwhile. All sessions write there, so it is its own share at the most. */
  walBytes: number;
}

export interface SeenLock {
  table: string;
  lock: LockMode;
  /** From the statement's begin until the end of its migration, where `apply` commits. */
  heldMilliseconds: number;
}

/** A table to which something else was done than lint foretold. */
export interface Difference {
  table: string;
  foretold: TableEffect;
  seen: TableEffect;
}

/** What is done to one table, as far as others notice it. */
export interface TableEffect {
  /** Null for none that keeps more out than what changes the schema. */
  lock: LockMode | null;
  rewrites: boolean;
  scans: boolean;
}
