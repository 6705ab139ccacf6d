import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** What stands in one column of one row. */
export type Value = string | number | null;

const chunkLength = 64 * 1024;

/** Writes rows into a table by COPY. */
export async function copyRows(
  client: pg.Client,
  table: { schema: string; name: string; columns: string[] },
  rows: Iterable<Value[]>,
): Promise<void> {
  const target = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`;
  const columns = table.columns.map(pg.escapeIdentifier).join(', ');
  const sink = client.query(copyFrom(`copy ${target} (${columns}) from stdin`));
  await pipeline(Readable.from(chunksOf(rows), { objectMode: false }), sink);
}

/** The rows in COPY's text format, many to a chunk, since a chunk a row costs more than the row. */
function* chunksOf(rows: Iterable<Value[]>): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += `${row.map(textOf).join('\t')}\n`;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') {
    yield chunk;
  }
}

function textOf(value: Value): string {
  if (value === null) {
    return '\\N';
  }
  return typeof value === 'number' ? String(value) : value.replace(/[\\\t\n\r]/g, character => escapes[character]!);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
