import pg from 'pg';
import { platformSchema } from '../database/schemas.js';
import { migrationTable } from './files.js';

/** The statement that writes into the registry which migration a tenant's schema has seen last, and what it took if that is known. */
export function noteVersion(schema: string, milliseconds: number | null): string {
  return `with tenant as (
  update ${platformSchema}.tenants set migration =
    (select name from ${pg.escapeIdentifier(schema)}.${migrationTable} order by id desc limit 1)
  where schema = ${pg.escapeLiteral(schema)} returning id, migration)
insert into ${platformSchema}.tenant_migrations (tenant_id, migration, migrated_at, milliseconds)
select id, migration, clock_timestamp(), ${milliseconds}::int from tenant
on conflict (tenant_id) do update set migration = excluded.migration, migrated_at = excluded.migrated_at,
  milliseconds = excluded.milliseconds, failed_migration = null, failure = null, failed_at = null,
  drift = null, drift_seen_at = null`;
}
