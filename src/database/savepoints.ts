import pg from 'pg';

/** A transaction of the query builder below the ORM. */
export interface RawTransaction {
  executeQuery(query: object): Promise<{ rows: unknown[] }>;
  withTables(): RawTransaction;
}

/** Runs a statement on a transaction's connection; the text may be a whole statement of the driver. */
export async function executeRaw(
  context: RawTransaction,
  sql: unknown,
  parameters: unknown[] = [],
): Promise<unknown[]> {
  const query = { kind: 'RawNode', sqlFragments: [], parameters: [] };
  return (await context.executeQuery({ sql, parameters, query, queryId: { queryId: '' } })).rows;
}

/**
 * Gives a transaction savepoints, by which the ORM nests transactions in it, as its migrator and its seeders do. The query
 * builder has them only for transactions that it does not end itself.
 */
export function withSavepoints<Context extends RawTransaction>(context: Context): Context {
  const does = (text: string) => ({
    execute: async () => {
      await executeRaw(context, text);
      // Another object for each, since the ORM writes the savepoint's name into it.
      return withSavepoints(context.withTables());
    },
  });
  return Object.assign(context, {
    savepoint: (name: string) => does(`savepoint ${pg.escapeIdentifier(name)}`),
    releaseSavepoint: (name: string) => does(`release savepoint ${pg.escapeIdentifier(name)}`),
    rollbackToSavepoint: (name: string) => does(`rollback to savepoint ${pg.escapeIdentifier(name)}`),
  });
}
