import type { Asks } from './fingerprint.js';
import { migrationTable } from './files.js';

/** How many rows a table has. */
export interface RowCount {
  schema: string;
  table: string;
  rows: number;
}

/** Counts the rows of all tables of schemas, but for those of migrations, ordered by the tables' names. */
export async function countRows(client: Asks, schemas: readonly string[]): Promise<RowCount[]> {
  const { rows } = await client.query<RowCount>(
    `select schemaname as schema, tablename as table,
       (xpath('/row/count/text()', query_to_xml(format('select count(*) from %I.%I', schemaname, tablename), false, true, '')))[1]::text::int as rows
     from pg_tables where schemaname = any($1::text[]) and tablename <> '${migrationTable}' order by tablename, schemaname`,
    [schemas],
  );
  return rows;
}
