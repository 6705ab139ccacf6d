import pg from 'pg';
import type { Asks } from '../../migrate/fingerprint.js';
import { qualified } from '../tables.js';
import type { Schemas } from './copy-table.js';

/**
 * Makes sure that a table of the clone has the rows of the source's, by their number and by a checksum.
 * @param columns those whose values stay
 */
export async function compareTable(
  db: Asks,
  { source, clone }: Schemas,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const [expected, found] = [await digestOf(db, source, table, columns), await digestOf(db, clone, table, columns)];
  if (expected !== found) {
    throw new Error(
      `The copy of ${table} is not what stands there: it has ${found} in place of ${expected}. Nothing was made; please report this.`,
    );
  }
}

/** Whatever the order of the rows is. */
async function digestOf(db: Asks, schema: string, table: string, columns: readonly string[]): Promise<string> {
  const { rows } = await db.query<{ digest: string }>(
    `select format('%s rows of the checksum %s', count(*), sum(hashtextextended(row(${columns.map(pg.escapeIdentifier).join(', ')})::text, 0)::numeric)) as digest
     from ${qualified(schema, table)}`,
  );
  return rows[0]!.digest;
}
