import { Loaders } from '../database/loaders.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { nameKey } from './name-key.js';
import { Tenant, TenantState } from './tenant.entity.js';
import { hostsOfTenant } from './tenant.loaders.js';

/** A tenant with its host names. */
export interface TenantDetails extends Pick<
  Row<Tenant>,
  'id' | 'name' | 'schema' | 'state' | 'createdAt' | 'migration'
> {
  hosts: string[];
}

/** Tenants by name with their host names: all, or the one of a name or an id. */
export async function readTenantDetails(
  reader: Reader,
  which: { id?: string; name?: string },
): Promise<TenantDetails[]> {
  const tenants = reader.table(Tenant);
  const t = (name: keyof Tenant) => `t.${tenants.column(name)}`;
  const rows = await reader.run<Omit<TenantDetails, 'hosts'>>(
    `select ${t('id')} as id, ${t('name')} as name, ${t('schema')} as schema, ${t('state')} as state,
       ${t('createdAt')} as "createdAt", ${t('migration')} as migration
     from ${tenants.name} t
     where ($1::uuid is null or ${t('id')} = $1) and ($2::text is null or ${nameKey(t('name'))} = ${nameKey('$2')})
     order by ${t('name')}, ${t('id')}`,
    [which.id ?? null, which.name ?? null],
  );
  const loaders = new Loaders(reader);
  return Promise.all(rows.map(async row => ({ ...row, hosts: await loaders.load(hostsOfTenant, row.id) })));
}

/** The schemas of all tenants that are served. */
export async function servedSchemas(reader: Reader): Promise<string[]> {
  const tenants = reader.table(Tenant);
  const rows = await reader.run<{ schema: string }>(
    `select t.${tenants.column('schema')} as schema from ${tenants.name} t
     where t.${tenants.column('state')} = '${TenantState.ACTIVE}' order by t.${tenants.column('id')}`,
    [],
  );
  return rows.map(({ schema }) => schema);
}
