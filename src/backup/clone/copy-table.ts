import pg from 'pg';
import type { Asks } from '../../migrate/fingerprint.js';
import { qualified, readPositions, readSequences, setSequences, type ShopTable } from '../tables.js';

/** The schemas that rows are copied from and to. */
export interface Schemas {
  source: string;
  clone: string;
}

/** What stands in a column of the clone, as SQL over the row `t` of the source. */
export type ValueOf = (column: string) => string;

/** Blocks of a table that one statement copies: some 32 MB, so that it is known how far the copy is, and that a stop is heard. */
const blocksAtOnce = 4096;

/**
 * Copies the rows of a table, as the transaction sees them, in the order in which they lie there.
 * @param onCopied is told which part of the rows is copied
 */
export async function copyTable(
  db: Asks,
  { source, clone }: Schemas,
  { name, columns }: ShopTable,
  valueOf: ValueOf,
  onCopied: (part: number) => void,
): Promise<void> {
  const [from, to] = [source, clone].map(schema => qualified(schema, name)) as [string, string];
  const names = columns.map(column => column.name);
  // The ORM has written which migrations it ran; those that the source has seen stand there with their times.
  await db.query(`delete from ${to}`);
  const { rows } = await db.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as blocks`,
    [from],
  );
  const blocks = rows[0]!.blocks;
  for (let first = 0; first < blocks; first += blocksAtOnce) {
    await db.query(
      `insert into ${to} (${names.map(pg.escapeIdentifier).join(', ')}) overriding system value
       select ${names.map(valueOf).join(', ')} from ${from} t
       where t.ctid >= '(${first},0)'::tid and t.ctid < '(${first + blocksAtOnce},0)'::tid`,
    );
    onCopied(Math.min(1, (first + blocksAtOnce) / blocks));
  }
  await db.query(`analyze ${to}`);
}

/** Lets the sequences of a clone go on where those of the source are. */
export async function copySequences(db: Asks, { source, clone }: Schemas): Promise<void> {
  const names = (await readSequences(db, clone)).map(({ name }) => name);
  await setSequences(db, clone, await readPositions(db, source, names));
}
