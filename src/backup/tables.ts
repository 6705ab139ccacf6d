import pg from 'pg';
import type { Asks } from '../migrate/fingerprint.js';

/** A table and its columns that have data of their own: not those that are generated. */
export interface ShopTable {
  name: string;
  columns: { name: string; type: string }[];
}

/** The tables of a schema, by name. */
export async function readTables(client: Asks, schema: string): Promise<ShopTable[]> {
  const { rows } = await client.query<ShopTable>(
    `select c.relname as name, coalesce(json_agg(
         json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
         filter (where a.attname is not null), '[]') as columns
     from pg_class c left join pg_attribute a
       on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     group by c.oid, c.relname order by c.relname collate "C"`,
    [pg.escapeIdentifier(schema)],
  );
  return rows;
}

/** A sequence of a schema, and where it is. */
export interface SequencePosition {
  name: string;
  lastValue: string;
  isCalled: boolean;
}

/** Where the sequences of a schema are, by name. */
export async function readSequences(client: Asks, schema: string): Promise<SequencePosition[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = to_regnamespace($1) and relkind = 'S' order by relname collate "C"`,
    [pg.escapeIdentifier(schema)],
  );
  return readPositions(
    client,
    schema,
    rows.map(({ name }) => name),
  );
}

/** Where sequences of a schema are; fails where it lacks one. */
export async function readPositions(
  client: Asks,
  schema: string,
  names: readonly string[],
): Promise<SequencePosition[]> {
  const found: SequencePosition[] = [];
  for (const name of names) {
    const { rows } = await client.query<Omit<SequencePosition, 'name'>>(
      `select last_value::text as "lastValue", is_called as "isCalled" from ${qualified(schema, name)}`,
    );
    found.push({ name, ...rows[0]! });
  }
  return found;
}

/** Lets sequences of a schema go on from where others are. */
export async function setSequences(
  client: Asks,
  schema: string,
  positions: readonly SequencePosition[],
): Promise<void> {
  for (const { name, lastValue, isCalled } of positions) {
    await client.query('select setval($1::regclass, $2, $3)', [qualified(schema, name), lastValue, isCalled]);
  }
}

/** The statement that copies a table's rows in or out, in the order in which they stand there. */
export function copySql(schema: string, { name, columns }: ShopTable, how: string): string {
  const names = columns.map(column => pg.escapeIdentifier(column.name)).join(', ');
  // A table may have none.
  return `copy ${qualified(schema, name)} ${names && `(${names})`} ${how}`;
}

/** A name in a schema, quoted. */
export function qualified(schema: string, name: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

/**
 * Prepares a session to copy rows: values have one text whatever the server's settings, rows come in the order in which they
 * stand, no limit of time ends what takes long, and the server soon notices where its client was killed.
 */
export async function prepareSession(client: Asks): Promise<void> {
  // Not each server knows all of them.
  await client.query(
    `select set_config(wanted.name, value, false) from (values
       ('client_encoding', 'UTF8'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'),
       ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('synchronize_seqscans', 'off'),
       ('row_security', 'off'), ('statement_timeout', '0'), ('lock_timeout', '0'),
       ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'),
       ('client_connection_check_interval', '1s')) wanted (name, value)
     join pg_settings on lower(pg_settings.name) = wanted.name`,
  );
}
