import pg from 'pg';
import { BulkError } from './bulk-error.js';
import type { TableName } from './import-kind.js';

/** How a shop's tables are named in a schema. */
export function tablesIn(schema: string): TableName {
  return table => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

/** @throws BulkError when a schema has no tables of a shop, or old ones */
export async function refuseMissingTables(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    tablesIn(schema)('bulk_imports'),
  ]);
  if (!rows[0]!.exists) {
    throw new BulkError(
      `The schema "${schema}" has no tables of this version; run "npx mikro-orm migration:up" first.`,
    );
  }
}
