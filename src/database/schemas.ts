/** Where what all tenants share stands. */
export const platformSchema = 'platform';

/** The schema of the tenant that serves when none is chosen. */
export const defaultTenantSchema = 'public';

/**
 * A table's name for the index expressions of entities: of a tenant's table without the schema, which the migrator sets, and
 * with it of the platform's.
 */
export function tableOfIndex({ name, schema }: { name: string; schema?: string }): string {
  return schema === platformSchema ? `"${platformSchema}"."${name}"` : `"${name}"`;
}
