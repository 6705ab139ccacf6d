import pg from 'pg';
import type { Asks } from '../../migrate/fingerprint.js';
import type { ShopTable } from './shop-tables.js';

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
 * Copies the rows of a table, as the transaction sees them, in the order in which they lie there. Triggers are off meanwhile,
 * since what they did when the rows were written stands in other tables; and indexes are made afterwards, which takes a
 * fraction of the time.
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
  const makeIndexes = await dropIndexes(db, to);
  await db.query(`alter table ${to} disable trigger user`);
  // The ORM has written which migrations it ran; those that the source has seen stand there with their times.
  await db.query(`delete from ${to}`);
  const { rows } = await db.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as blocks`,
    [from],
  );
  const blocks = rows[0]!.blocks;
  for (let first = 0; first < blocks; first += blocksAtOnce) {
    await db.query(
      `insert into ${to} (${columns.map(pg.escapeIdentifier).join(', ')}) overriding system value
       select ${columns.map(valueOf).join(', ')} from ${from} t
       where t.ctid >= '(${first},0)'::tid and t.ctid < '(${first + blocksAtOnce},0)'::tid`,
    );
    onCopied(Math.min(1, (first + blocksAtOnce) / blocks));
  }
  for (const statement of makeIndexes) {
    await db.query(statement);
  }
  await db.query(`alter table ${to} enable trigger user`);
  await db.query(`analyze ${to}`);
}

/** A table's name with its schema, quoted. */
export function qualified(schema: string, table: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

/** Drops the indexes of a table but for those of constraints, and gives the statements that make them again. */
async function dropIndexes(db: Asks, table: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string; definition: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = $1::regclass and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     order by c.relname`,
    [table],
  );
  for (const { name } of rows) {
    await db.query(`drop index ${name}`);
  }
  return rows.map(({ definition }) => definition);
}

/**
 * Drops what rows of a schema could be refused by before all of them are there: foreign keys, and checks that rows from before
 * them need not pass. Gives the statements that make them again.
 */
export async function dropConstraints(db: Asks, schema: string): Promise<string[]> {
  const { rows } = await db.query<{ table: string; name: string; definition: string }>(
    `select format('%I.%I', $1::text, c.relname) as table, quote_ident(k.conname) as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.connamespace = $1::text::regnamespace and (k.contype = 'f' or (k.contype = 'c' and not k.convalidated))
     order by c.relname, k.conname`,
    [schema],
  );
  for (const { table, name } of rows) {
    await db.query(`alter table ${table} drop constraint ${name}`);
  }
  return rows.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`);
}

/** Lets the sequences of a clone go on where those of the source are. */
export async function copySequences(db: Asks, { source, clone }: Schemas): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'S' order by c.relname`,
    [clone],
  );
  for (const { name } of rows) {
    await db.query(`select setval($1::regclass, last_value, is_called) from ${qualified(source, name)}`, [
      qualified(clone, name),
    ]);
  }
}
