import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withClient } from '../database/with-client.js';

/** A tenant that is archived. */
export interface ArchivedTenant {
  name: string;
  schema: string;
}

/** The statements that make a tenant's tables by these migrations. */
export type StatementsOf = (migrations: readonly string[]) => Promise<string[]>;

interface Table {
  /** Quoted. */
  name: string;
  /** Quoted, without generated ones. */
  columns: string;
}

/**
 * Writes all of a tenant into one file, as it is at one moment, and gives the file's path. It is a script for psql,
 * compressed by gzip, that makes the schema, its tables by the migrations that they have seen, and all rows. A file that
 * is not whole never has the name.
 */
export async function writeArchive(
  url: string,
  folder: string,
  tenant: ArchivedTenant,
  statementsOf: StatementsOf,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const path = join(folder, `${tenant.schema}-${time}.sql.gz`);
  const partial = `${path}.partial`;
  try {
    await withClient(url, async client => {
      await client.query('begin isolation level repeatable read read only');
      const script = Readable.from(scriptOf(client, tenant, statementsOf));
      await pipeline(script, createGzip(), createWriteStream(partial, { mode: 0o600, flush: true }));
    });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return path;
}

async function* scriptOf(
  client: pg.Client,
  { name, schema }: ArchivedTenant,
  statementsOf: StatementsOf,
): AsyncGenerator<string | Buffer> {
  const id = pg.escapeIdentifier;
  const migrations = await migrationsOf(client, schema);
  const tables = await tablesOf(client, schema);
  yield `-- The shop ${JSON.stringify(name)} as it was at ${new Date().toISOString()}. To restore it into a database that
-- \`mikro-orm migration:up\` has prepared, where it was removed:
-- gunzip --stdout FILE | psql --single-transaction --set ON_ERROR_STOP=1 DATABASE_URL
create schema ${id(schema)};
set search_path to ${id(schema)};
set client_encoding to 'UTF8';
create table mikro_orm_migrations (id serial primary key, name varchar(255) not null, executed_at timestamptz(6) not null default current_timestamp(6));
`;
  for (const statement of await statementsOf(migrations)) {
    yield `${statement.trim().replace(/;$/, '')};\n`;
  }
  // What triggers did when the rows were written must not be done again.
  yield tables.map(table => `alter table ${table.name} disable trigger user;\n`).join('');
  for (const table of tables) {
    yield `copy ${table.name} (${table.columns}) from stdin;\n`;
    yield* client.query(copyTo(`copy ${id(schema)}.${table.name} (${table.columns}) to stdout`));
    yield '\\.\n';
  }
  yield tables.map(table => `alter table ${table.name} enable trigger user;\n`).join('');
  yield `select setval('mikro_orm_migrations_id_seq', (select max(id) from mikro_orm_migrations));\n`;
  yield* registryOf(client, schema);
}

async function migrationsOf(client: pg.Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from ${pg.escapeIdentifier(schema)}.mikro_orm_migrations order by id`,
  );
  return rows.map(({ name }) => name);
}

/** The tables of a schema, those that others refer to before them. */
async function tablesOf(client: pg.Client, schema: string): Promise<Table[]> {
  const { rows } = await client.query<Table & { oid: string; refers: string[] }>(
    `select c.oid::text as oid, quote_ident(c.relname) as name,
       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       array(select f.confrelid::int8 from pg_constraint f
             where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid)::text[] as refers
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by c.relname`,
    [pg.escapeIdentifier(schema)],
  );
  const sorted: typeof rows = [];
  while (sorted.length < rows.length) {
    const done = new Set(sorted.map(({ oid }) => oid));
    const next = rows.filter(({ oid, refers }) => !done.has(oid) && refers.every(other => done.has(other)));
    if (next.length === 0) {
      throw new Error(`The tables of ${schema} refer to each other in a circle, so their rows have no order.`);
    }
    sorted.push(...next);
  }
  return sorted;
}

/** What makes the tenant known again. */
async function* registryOf(client: pg.Client, schema: string): AsyncGenerator<string> {
  const { rows } = await client.query<{ sql: string }>(
    `select format('insert into platform.tenants (id, name, schema, state, created_at, migration, version) values (%1$L, %2$L, %3$L, ''SUSPENDED'', %4$L, %5$L,
         (select coalesce(max(version), 1) from platform.history where subject = %1$L));',
       id, name, schema, created_at, migration) as sql from platform.tenants where schema = $1
     union all
     select format('insert into platform.tenant_hosts (host, tenant_id) values (%L, %L) on conflict do nothing;', h.host, h.tenant_id)
     from platform.tenant_hosts h join platform.tenants t on t.id = h.tenant_id where t.schema = $1`,
    [schema],
  );
  yield rows.map(({ sql }) => `${sql}\n`).join('');
}
