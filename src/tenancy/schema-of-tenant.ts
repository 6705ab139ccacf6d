import pg from 'pg';
import { defaultTenantSchema, platformSchema } from '../database/schemas.js';
import { quote } from '../errors.js';
import { ProblemCode, refused } from '../problems.js';
import { nameKey } from './name-key.js';

/**
 * The schema of a shop by its name, for commands; of the default one without a name, and of the platform by its own.
 * @throws RefusedInput UNKNOWN_TENANT
 */
export async function schemaOfTenant(client: pg.ClientBase, tenant: string | undefined): Promise<string> {
  if (tenant === undefined) {
    return defaultTenantSchema;
  }
  if (tenant.toLowerCase() === platformSchema) {
    return platformSchema;
  }
  const { rows } = await client.query<{ schema: string }>(
    `select schema from ${pg.escapeIdentifier(platformSchema)}.tenants where ${nameKey('name')} = ${nameKey('$1::text')}`,
    [tenant],
  );
  if (!rows[0]) {
    const message = `There is no shop ${quote(tenant)}; check --tenant, or leave it out for the default one.`;
    throw refused(ProblemCode.UNKNOWN_TENANT, 'tenant', message);
  }
  return rows[0].schema;
}
