import { type Batch, groupByKey, rowByKey } from '../database/loaders.js';
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
