import pg from 'pg';
import { Figure } from './order-figure.entity.js';

/** A number that is kept for a figure and is not what the orders give. */
export interface FigureDifference {
  figure: Figure;
  /** The zip code or the customer's key; for purchases by hour, the quarter of an hour in UTC, or the days that were added up. */
  key: string;
  kept: number;
  counted: number;
}

/** What is kept, and what the orders give; purchases by the quarter of an hour, as the view has them. */
const differencesOfFigures = (schema: string) => `
  select figure, case figure when '${Figure.IN_STORE_TIME}'
      then to_char(to_timestamp(key::int * 900::float8) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') else key end as key,
    coalesce(kept.count, 0)::int as kept, coalesce(counted.count, 0)::int as counted
  from ${schema}.counted_order_figures counted
  full join (
    select figure, key, sum(count) as count from (
      select figure, key, count from ${schema}.order_figures
      union all
      select figure, key, change from ${schema}.order_figure_changes
      union all
      select '${Figure.IN_STORE_TIME}', (block * 96 + place - 1)::text collate "C", count
      from ${schema}.in_store_times, unnest(counts) with ordinality c(count, place) where days = 1
    ) parts group by 1, 2
  ) kept using (figure, key)
  where coalesce(kept.count, 0) <> coalesce(counted.count, 0)`;

/** Whether each row of several days is the sum of its days' own. */
const differencesOfSums = (schema: string) => `
  select '${Figure.IN_STORE_TIME}',
    format('%s days from %s, %s', days, date '1970-01-01' + block * days, to_char((place - 1) * interval '15 minutes', 'HH24:MI')),
    coalesce(long.count, 0)::int, coalesce(summed.count, 0)::int
  from (
    select days, block, place, count from ${schema}.in_store_times, unnest(counts) with ordinality c(count, place) where days > 1
  ) long
  full join (
    select length as days, floor(block / length::float8)::int as block, place, sum(count) as count
    from ${schema}.in_store_times, unnest(counts) with ordinality c(count, place), unnest(array[8, 64]) length
    where days = 1 group by 1, 2, 3
  ) summed using (days, block, place)
  where coalesce(long.count, 0) <> coalesce(summed.count, 0)`;

/** Compares the figures that are kept of a tenant's orders with the orders, all as they are at one moment. */
export async function checkFigures(client: pg.ClientBase, schema: string): Promise<FigureDifference[]> {
  const name = pg.escapeIdentifier(schema);
  const { rows } = await client.query<FigureDifference>(
    `select * from (${differencesOfFigures(name)} union all ${differencesOfSums(name)}) d order by figure, key collate "C"`,
  );
  return rows;
}

/** Counts a tenant's orders anew and keeps what they give. Orders can be written meanwhile. */
export async function rebuildFigures(client: pg.ClientBase, schema: string): Promise<void> {
  await client.query('begin');
  try {
    // The function works where it is called.
    await client.query(`select set_config('search_path', $1, true)`, [pg.escapeIdentifier(schema)]);
    await client.query('select rebuild_order_figures()');
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
