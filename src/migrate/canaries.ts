import type { Asks } from './fingerprint.js';
import type { MigratedTenant } from './tenants.js';

/**
 * The tenants that show first whether migrations work: the smallest, the largest and the oldest, and one of each form that
 * the schemas have.
 * @param forms what is the same for tenants whose schemas are, such as their fingerprints
 */
export async function chooseCanaries(
  client: Asks,
  tenants: readonly MigratedTenant[],
  forms: ReadonlyMap<string, string>,
): Promise<Set<MigratedTenant>> {
  if (tenants.length === 0) {
    return new Set();
  }
  const sizes = await readSizes(client, tenants);
  const size = ({ schema }: MigratedTenant) => sizes.get(schema) ?? 0;
  const least = (of: (tenant: MigratedTenant) => number) =>
    tenants.reduce((best, tenant) => (of(tenant) < of(best) ? tenant : best));
  const ofEachForm = new Map([...tenants].reverse().map(tenant => [forms.get(tenant.schema), tenant]));
  return new Set([
    least(size),
    least(tenant => -size(tenant)),
    least(({ createdAt }) => createdAt.getTime()),
    ...ofEachForm.values(),
  ]);
}

/** Pages of the tables of each schema, as PostgreSQL has last counted them: to look at the files would take far longer. */
export async function readSizes(client: Asks, tenants: readonly MigratedTenant[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ schema: string; pages: number }>(
    `select n.nspname as schema, sum(c.relpages)::float8 as pages from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname = any($1::text[]) group by 1`,
    [tenants.map(({ schema }) => schema)],
  );
  return new Map(rows.map(({ schema, pages }) => [schema, pages]));
}
