import { platformSchema } from '../../database/schemas.js';
import { exists } from '../../migrate/tenants.js';
import type { Asks } from '../../migrate/fingerprint.js';
import type { Checksums } from './manifest.js';
import { qualified } from '../tables.js';

/**
 * What of the platform's tables goes with a tenant. Its history there is the operators' and stays with them, and its mails
 * would be sent twice.
 */
export async function readPlatformRows(client: Asks, schema: string): Promise<Checksums['platform']> {
  const { rows } = await client.query<Pick<Checksums['platform'], 'hosts' | 'createdAt'>>(
    `select to_json(created_at) #>> '{}' as "createdAt",
       array(select host from ${platformSchema}.tenant_hosts where tenant_id = t.id order by host) as hosts
     from ${platformSchema}.tenants t where schema = $1`,
    [schema],
  );
  const { rows: filled } = (await exists(client, 'backfills'))
    ? await client.query<{ migration: string }>(
        `select b.migration from ${platformSchema}.backfills b join ${platformSchema}.tenants t on t.id = b.tenant_id
         where t.schema = $1 and b.finished_at is not null order by 1`,
        [schema],
      )
    : { rows: [] };
  const { rows: countries } = await client.query<{ country: Record<string, string> }>(
    `select to_json(c) as country from ${platformSchema}.countries c
     where iso2_code in (select country_code from ${qualified(schema, 'addresses')}) order by iso2_code`,
  );
  return {
    ...rows[0]!,
    backfilled: filled.map(({ migration }) => migration),
    countries: countries.map(({ country }) => country),
  };
}
