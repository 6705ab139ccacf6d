/** Where what all tenants share stands. */
export const platformSchema = 'platform';

/** The schema of the tenant that serves when none is chosen. */
export const defaultTenantSchema = 'public';
