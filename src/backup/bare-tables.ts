import pg from 'pg';
import type { Asks } from '../migrate/fingerprint.js';
import { qualified } from './tables.js';

/** What was taken away from tables so that rows load fast and as they are, as the statements that bring it back. */
export type TakenAway = readonly string[];

interface Part {
  table: string;
  name: string;
  /** What `alter table` or `create index` needs to make it. */
  definition: string;
}

/** The kinds of constraints in the order in which they can be made: foreign keys need the keys that they lead to. */
const constraintKinds = ['p', 'u', 'x', 'c', 'f'];

/**
 * Takes the keys, indexes and foreign keys from the tables of a schema and stills their triggers: to make them of all rows at
 * once takes far less time than with each row, and what triggers did when the rows were written must not be done again.
 */
export async function makeBare(client: Asks, schema: string): Promise<TakenAway> {
  // Without a search path, so that all definitions name their schemas.
  await client.query(`set local search_path to ''`);
  const constraints = await readConstraints(client, schema);
  const indexes = await readIndexes(client, schema);
  const triggers = await readTriggers(client, schema);
  for (const { table, name } of constraints.toReversed()) {
    await client.query(`alter table ${qualified(schema, table)} drop constraint ${pg.escapeIdentifier(name)}`);
  }
  for (const { name } of indexes) {
    await client.query(`drop index ${qualified(schema, name)}`);
  }
  for (const { table, name } of triggers) {
    await client.query(`alter table ${qualified(schema, table)} disable trigger ${pg.escapeIdentifier(name)}`);
  }
  const constraintSql = ({ table, name, definition }: Part) =>
    `alter table ${qualified(schema, table)} add constraint ${pg.escapeIdentifier(name)} ${definition}`;
  const isLast = ({ kind }: { kind: string }) => kind === 'f';
  return [
    ...constraints.filter(constraint => !isLast(constraint)).map(constraintSql),
    ...indexes.map(({ definition }) => definition),
    ...constraints.filter(isLast).map(constraintSql),
    ...triggers.map(
      ({ table, name, definition }) =>
        `alter table ${qualified(schema, table)} enable ${definition} trigger ${pg.escapeIdentifier(name)}`,
    ),
  ];
}

/** Checks too that PostgreSQL has not validated: rows from before may not fit them. */
async function readConstraints(client: Asks, schema: string): Promise<(Part & { kind: string })[]> {
  const { rows } = await client.query<Part & { kind: string }>(
    `select c.relname as table, k.conname as name, k.contype::text as kind, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where c.relnamespace = $1::regnamespace and (k.contype in ('p', 'u', 'x', 'f') or k.contype = 'c' and not k.convalidated)
     order by array_position($2::text[], k.contype::text), c.relname, k.conname`,
    [pg.escapeIdentifier(schema), constraintKinds],
  );
  return rows;
}

async function readIndexes(client: Asks, schema: string): Promise<Part[]> {
  const { rows } = await client.query<Part>(
    `select t.relname as table, c.relname as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
     where t.relnamespace = $1::regnamespace and t.relkind = 'r'
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
     order by t.relname, c.relname`,
    [pg.escapeIdentifier(schema)],
  );
  return rows;
}

async function readTriggers(client: Asks, schema: string): Promise<Part[]> {
  const { rows } = await client.query<Part>(
    `select c.relname as table, t.tgname as name, case t.tgenabled when 'A' then 'always' else '' end as definition
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where c.relnamespace = $1::regnamespace and not t.tgisinternal and t.tgenabled in ('O', 'A') order by 1, 2`,
    [pg.escapeIdentifier(schema)],
  );
  return rows;
}
