import { tenantEntities } from '../../src/entities.js';
import type { TestDatabase } from './database.js';

/** How figures of orders are kept: what of them is folded in already is chance, and they follow from the orders. */
const figures = ['order_figures', 'order_figure_changes', 'in_store_times'];

/** What stands in each table of a shop, as one checksum a table, to see whether rows differ. */
export async function tableChecksums(database: TestDatabase): Promise<Record<string, string>> {
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename !~ 'migrations' order by 1`,
  );
  if (tables.length < tenantEntities.length) {
    throw new Error(`Only ${tables.length} tables were found, fewer than there are entities.`);
  }
  const found: Record<string, string> = {};
  for (const { name } of tables.filter(table => !figures.includes(table.name))) {
    const [row] = await database.query<{ checksum: string }>(
      `select count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) as checksum
       from ${name} t`,
    );
    found[name] = row!.checksum;
  }
  return found;
}
