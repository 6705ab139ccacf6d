import pg from 'pg';
import { platformSchema } from '../database/schemas.js';
import { quote } from '../errors.js';
import { type MigrationFile, migrationTable } from './files.js';
import { type Asks, inBatches } from './fingerprint.js';
import { MigrateError } from './migrate-error.js';
import { standIn } from './squash/squashed.js';

/** A tenant whose tables stand, and what they have seen. */
export interface MigratedTenant {
  name: string;
  schema: string;
  state: 'ACTIVE' | 'SUSPENDED';
  createdAt: Date;
  /**
   * The migrations that it has seen, in their order, with squashed ones in the place of those that they replace; one list for
   * all that have seen the same.
   */
  seen: readonly string[];
  /** How its last migration went, as far as that is known. */
  migratedAt: Date | null;
  milliseconds: number | null;
  failedMigration: string | null;
  failure: string | null;
  drift: string | null;
}

/** Which tenants: `all`, or those of these names. */
export type Selection = 'all' | readonly string[];

const none: readonly string[] = [];

/** Tables of migrations that one query reads: each is locked for a moment, and PostgreSQL has room for some thousands of locks. */
const tablesAtOnce = 250;

/**
 * The tenants that have their tables, by name; none where there is no registry yet.
 * @param files the migrations, which say what is squashed
 */
export async function readTenants(
  client: Asks,
  selection: Selection,
  files: readonly MigrationFile[],
): Promise<MigratedTenant[]> {
  if (!(await exists(client, 'tenants'))) {
    return [];
  }
  const noted = await exists(client, 'tenant_migrations');
  const { rows } = await client.query<Omit<MigratedTenant, 'seen'>>(
    `select t.name, t.schema, t.state, t.created_at as "createdAt",
       ${
         noted
           ? `m.migrated_at as "migratedAt", m.milliseconds, m.failed_migration as "failedMigration", m.failure, m.drift`
           : `null as "migratedAt", null as milliseconds, null as "failedMigration", null as failure, null as drift`
       }
     from ${platformSchema}.tenants t ${noted ? `left join ${platformSchema}.tenant_migrations m on m.tenant_id = t.id` : ''}
     where t.state in ('ACTIVE', 'SUSPENDED') order by t.name collate "C", t.id`,
  );
  const wanted = selection === 'all' ? rows : [...new Set(selection.map(name => find(rows, name)))];
  const seen = await seenMigrations(
    client,
    wanted.map(({ schema }) => schema),
  );
  const lists = new Map<string, readonly string[]>();
  const listOf = (schema: string) => {
    const list = standIn(seen.get(schema) ?? none, files);
    const key = list.join(' ');
    return lists.get(key) ?? lists.set(key, list).get(key)!;
  };
  return wanted.map(tenant => ({ ...tenant, seen: listOf(tenant.schema) }));
}

/** The migrations that the platform has seen, in their order. */
export async function readPlatform(client: Asks): Promise<readonly string[]> {
  return (await seenMigrations(client, [platformSchema])).get(platformSchema) ?? [];
}

/** The migrations that schemas have seen, of those that have a table of them. */
export async function seenMigrations(
  client: Asks,
  schemas: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const { rows } = await client.query<{ schema: string }>(
    `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname = '${migrationTable}' and n.nspname = any($1::text[])`,
    [schemas],
  );
  const seen = new Map<string, readonly string[]>();
  const lists = new Map<string, readonly string[]>();
  for (const batch of inBatches(rows, tablesAtOnce)) {
    const versions = batch.map(
      ({ schema }) =>
        `select ${pg.escapeLiteral(schema)} as schema, string_agg(name, ' ' order by id) as names
         from ${pg.escapeIdentifier(schema)}.${migrationTable}`,
    );
    const { rows: found } = await client.query<{ schemas: string[]; names: string }>(
      `select names, array_agg(schema) as schemas from (${versions.join(' union all ')}) versions
       where names is not null group by names`,
    );
    for (const { schemas, names } of found) {
      lists.set(names, lists.get(names) ?? names.split(' ').map(name => name.replace(/\.[jt]s$/, '')));
      schemas.forEach(schema => seen.set(schema, lists.get(names)!));
    }
  }
  return seen;
}

/** Whether a table of the platform is there: an older platform, or none, has not all. */
export async function exists(client: Asks, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    `${platformSchema}.${table}`,
  ]);
  return rows[0]!.found;
}

/** @throws MigrateError when there is none of that name */
function find<Row extends { name: string }>(tenants: readonly Row[], name: string): Row {
  const found =
    tenants.find(tenant => tenant.name === name) ??
    tenants.find(tenant => tenant.name.toLowerCase() === name.toLowerCase());
  if (!found) {
    throw new MigrateError(
      `There is no shop ${quote(name)} whose tables stand; "pier2 tenants list" shows those that there are.`,
    );
  }
  return found;
}
