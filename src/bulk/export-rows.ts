import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import { defaultTenantSchema } from '../database/schemas.js';
import { withClient } from '../database/with-client.js';
import type { BulkKind } from './bulk-kind.js';
import { exportQueries } from './export-queries.js';
import { refuseMissingTables, tablesIn } from './tables.js';

/**
 * CSV whose quote and delimiter are characters that JSON never has as they are: so PostgreSQL writes each object as it is,
 * and a newline after it.
 */
const rawLines = String.raw`(format csv, quote e'\x01', delimiter e'\x02', encoding 'UTF8')`;

/** Writes all things of a kind as they are at one moment, one JSON object a line, and gives how many there are. */
export function exportRows(
  url: string,
  kind: BulkKind,
  output: Writable,
  { schema = defaultTenantSchema, signal }: { schema?: string; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  return withClient(url, async client => {
    await refuseMissingTables(client, schema);
    await client.query(`set statement_timeout = 0; set jit = off`);
    await client.query('begin isolation level repeatable read read only');
    const query = exportQueries[kind](tablesIn(schema));
    const rows = client.query(copyTo(`copy (select row_to_json(r) from (${query}) r) to stdout with ${rawLines}`));
    await pipeline(rows, output, { signal });
    await client.query('commit');
    return rows.rowCount;
  });
}
