import type { MetadataStorage } from '@mikro-orm/core';
import { migrationTable } from '../../migrate/files.js';
import { type Decision, tableDecisions } from './decisions.js';
import type { ShopTable } from '../tables.js';

/** What a clone makes of a table: the decision on each column by its name, or why it begins without rows. */
export type DecidedTable = { leftOut: string } | { columns: ReadonlyMap<string, Decision> };

/** What is decided of each table, by its name. */
export function decidedTables(metadata: MetadataStorage): ReadonlyMap<string, DecidedTable> {
  return new Map(
    tableDecisions.map(({ entity, leftOut, columns }) => {
      const { tableName, properties } = metadata.get(entity);
      const named = Object.entries(columns ?? {}).map(([property, decision]) => {
        const [column] = (properties as Record<string, { fieldNames: string[] }>)[property]!.fieldNames;
        return [column!, decision] as const;
      });
      return [tableName, leftOut === undefined ? { columns: new Map(named) } : { leftOut }];
    }),
  );
}

/** A table whose rows are copied, with the kinds of the values that others take the place of, by column. */
export interface PlannedTable extends ShopTable {
  personal: ReadonlyMap<string, Exclude<Decision, 'kept'>>;
}

/**
 * The tables whose rows a clone takes over.
 * @throws Error for a table, or for a column of an anonymised clone, that nothing is decided of
 */
export function planTables(
  tables: readonly ShopTable[],
  decided: ReadonlyMap<string, DecidedTable>,
  anonymise: boolean,
): PlannedTable[] {
  return tables.flatMap(({ name, columns }) => {
    if (name === migrationTable) {
      return [{ name, columns, personal: new Map() }];
    }
    const decision = decided.get(name);
    if (!decision) {
      throw undecided(`the table ${name}`);
    }
    if ('leftOut' in decision) {
      return [];
    }
    const personal = columns.flatMap(column => {
      const kind = decision.columns.get(column.name);
      if (kind === undefined && anonymise) {
        throw undecided(`the column ${name}.${column.name}`);
      }
      return kind === undefined || kind === 'kept' || !anonymise ? [] : [[column.name, kind] as const];
    });
    return [{ name, columns, personal: new Map(personal) }];
  });
}

function undecided(what: string): Error {
  return new Error(`Nobody has decided what a clone makes of ${what}; say so in src/backup/clone/decisions.ts.`);
}
