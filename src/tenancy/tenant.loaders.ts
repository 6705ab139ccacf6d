import { type Batch, groupByKey, rowByKey } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import { nameKey } from './name-key.js';
import { Tenant, TenantHost } from './tenant.entity.js';

/** A tenant by its key. */
export const tenantById = rowByKey(Tenant);

/** The host names that lead to each tenant, in alphabetical order. */
export const hostsOfTenant: Batch<string, string[]> = async (reader, keys) => {
  const hosts = reader.table(TenantHost);
  const rows = await reader.run<{ host: string; tenant: string }>(
    `select h.${hosts.column('host')} as host, h.${hosts.column('tenant')} as tenant from ${hosts.name} h
     where h.${hosts.column('tenant')} = any($1::uuid[]) order by h.${hosts.column('host')}`,
    [keys],
  );
  return groupByKey(rows, ({ tenant }) => tenant, keys).map(found => found.map(({ host }) => host));
};

/** A tenant by its name, regardless of case. */
export const tenantByName: Batch<string, Row<Tenant> | null> = async (reader, names) => {
  const tenants = reader.table(Tenant);
  const rows = await reader.run<Row<Tenant> & { wanted: string }>(
    `select ${tenants.columns('t')}, wanted from unnest($1::text[]) as wanted
     join ${tenants.name} t on ${nameKey(`t.${tenants.column('name')}`)} = ${nameKey('wanted')}`,
    [names],
  );
  const found = new Map(rows.map(({ wanted, ...tenant }) => [wanted, tenant as Row<Tenant>]));
  return names.map(name => found.get(name) ?? null);
};
