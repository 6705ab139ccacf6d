import pg from 'pg';

/** Runs a statement, and gives its rows. */
type Run = (text: string, values: readonly unknown[]) => Promise<unknown[]>;

const prefix = 'pier2_replaced_';

/** How long what a restore has replaced is kept, in milliseconds. */
const keptFor = 24 * 60 * 60_000;

/** The name of a schema for what a restore has replaced at this time. */
export function replacedSchemaName(time: Date, unique: string): string {
  return `${prefix}${time
    .toISOString()
    .replace(/[-:]|\.\d+Z/g, '')
    .toLowerCase()}_${unique}`;
}

/** Drops what restores have replaced longer than a day ago, and gives the names. */
export async function dropReplacedSchemas(run: Run, now = new Date()): Promise<string[]> {
  const rows = await run(`select nspname as name from pg_namespace where starts_with(nspname, $1) order by 1`, [
    prefix,
  ]);
  const last = replacedSchemaName(new Date(now.getTime() - keptFor), '');
  const old = (rows as { name: string }[]).map(({ name }) => name).filter(name => name < last);
  for (const name of old) {
    // Several processes may do so at once.
    await run(`drop schema if exists ${pg.escapeIdentifier(name)} cascade`, []);
  }
  return old;
}
