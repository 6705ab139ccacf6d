import { platformSchema } from '../database/schemas.js';
import { withClient } from '../database/with-client.js';
import type { Build } from './build.js';
import { groupBySchema, type SchemaGroup } from './drift.js';
import { ExpectedSchemas } from './expected.js';
import type { Asks } from './fingerprint.js';
import { tenantContextOf } from './run-over-tenants.js';
import { exists, readTenants, type Selection } from './tenants.js';

/**
 * Compares the schemas of tenants with what the migrations give that they have seen, in groups of equal ones, and notes what
 * it finds for the status.
 */
export async function findDrift(url: string, build: Build, selection: Selection): Promise<SchemaGroup[]> {
  const expected = new ExpectedSchemas(url, await tenantContextOf(build), build.tenant);
  try {
    return await withClient(url, async client => {
      const groups = await groupBySchema(
        client,
        expected,
        build.tenant,
        await readTenants(client, selection, build.tenant),
      );
      await noteDrift(client, groups);
      return groups;
    });
  } finally {
    await expected.close();
  }
}

async function noteDrift(client: Asks, groups: readonly SchemaGroup[]): Promise<void> {
  if (!(await exists(client, 'tenant_migrations'))) {
    return;
  }
  for (const { tenants, difference } of groups) {
    await client.query(
      `insert into ${platformSchema}.tenant_migrations (tenant_id, drift, drift_seen_at)
       select id, $2, case when $2::text is not null then clock_timestamp() end
       from ${platformSchema}.tenants where schema = any($1::text[])
       on conflict (tenant_id) do update set drift = excluded.drift, drift_seen_at = excluded.drift_seen_at`,
      [tenants.map(({ schema }) => schema), difference?.description ?? null],
    );
  }
}
