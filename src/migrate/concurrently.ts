import type pg from 'pg';
import { escapeIdentifier } from 'pg';

const named = `(?:if\\s+not\\s+exists\\s+)?("(?:[^"]|"")+"|[\\w$]+)`;
const creating = new RegExp(`^\\s*create\\s+(?:unique\\s+)?index\\s+concurrently\\s+${named}`, 'i');

/** A statement as it runs within a transaction: without CONCURRENTLY, which nobody else is there to need in a new schema. */
export function withoutConcurrently(statement: string): string {
  return statement.replace(/\bconcurrently\b/i, '');
}

/** The name of the index that a statement makes concurrently, if it does. */
export function indexMadeBy(statement: string): string | undefined {
  const name = creating.exec(statement)?.[1];
  return name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name?.toLowerCase();
}

/**
 * Drops what a try before has left of the index that a statement makes: an invalid one, or a whole one whose migration was
 * not noted any more. One that the statement takes as it is, by IF NOT EXISTS, stays when it is whole.
 */
export async function dropLeftover(client: pg.ClientBase, schema: string, statement: string): Promise<void> {
  const name = indexMadeBy(statement);
  if (name === undefined) {
    return;
  }
  const { rows } = await client.query<{ valid: boolean }>(
    `select i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
    [schema, name],
  );
  const [left] = rows;
  if (left && !(left.valid && /\sif\s+not\s+exists\s/i.test(statement))) {
    await client.query(`drop index concurrently ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
  }
}

/**
 * Looks whether all indexes of a schema serve.
 * @throws Error that names those that do not
 */
export async function checkIndexes(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and not i.indisvalid order by 1`,
    [schema],
  );
  if (rows.length > 0) {
    const names = rows.map(({ name }) => `"${name}"`).join(', ');
    throw new Error(`PostgreSQL left ${names} invalid; look at the rows that it indexes, and run the migration again.`);
  }
}
