import type { Value } from '../database/copy-rows.js';
import type { HistorySubject } from '../history/history-entry.entity.js';
import type { BulkKind } from './bulk-kind.js';
import type { Fields } from './fields.js';

/** A temporary table that a batch's lines are copied into. */
export interface StagingTable {
  name: string;
  /** The columns that are copied, with their types; the first is `line`. */
  columns: Record<string, string>;
  /** Columns that statements fill. */
  filled?: Record<string, string>;
}

/** The rows of one line, by staging table. */
export type StagedRows = Record<string, Value[][]>;

/** What a line is read with. */
export interface ReadingContext {
  line: number;
  /** The codes of all countries. */
  countries: ReadonlySet<string>;
}

/** The name of a shop's table in SQL, with its schema. */
export type TableName = (table: string) => string;

/**
 * How one kind of thing is imported. Lines are checked alone while they are read, and against the database by statements
 * over a whole batch. Each statement that finds something gives columns that `batch-import.ts` knows.
 */
export interface ImportKind {
  name: BulkKind;
  /** The staging table with a row a line, with the columns `line`, `id` and `history_id`. */
  subjects: { table: string; type: HistorySubject };
  staging: readonly StagingTable[];
  /** The keys of a line. */
  keys: ReadonlySet<string>;
  /**
   * The rows of a line.
   * @throws Refusal when something is wrong with the line itself
   */
  read(fields: Fields, context: ReadingContext): StagedRows;
  /** Statements that find what lines refer to, and lock what must not change meanwhile. */
  resolve(table: TableName): string[];
  /** Finds lines that cannot be imported, whatever the other lines are: `line`, `code`, `value`. */
  problems(table: TableName): string;
  /** Finds values that only one object may have: `line`, `code`, `key`, `value`, and whether it is `taken` already. */
  claims(table: TableName): string;
  /** Finds lines that need another line to be imported: `line`, `needed`. */
  needs?(table: TableName): string;
  /** Finds goods of which too few are there for the whole batch: `line`, `place`, `value`, `quantity`, `available`. */
  demands?(table: TableName): string;
  /** Statements that write what was not refused. */
  write(table: TableName): string[];
}

/** The definition of a staging table's history columns and the like, which all subjects have. */
export const subjectColumns = { line: 'int', id: 'uuid', history_id: 'uuid' };

/** A staging table's name in SQL. */
export function staged(table: string): string {
  return `pg_temp.${table}`;
}
