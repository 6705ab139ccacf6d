import type { Reader } from '../database/reader.js';
import { Fulfilment, Order } from '../orders/order.entity.js';
import { Figure, InStoreTime, OrderFigureChange } from './order-figure.entity.js';

/** Purchases of some days between which a zone's clocks were not changed, or of one hour. */
interface HourPart {
  /** What the zone's clocks are ahead of UTC, in quarters of an hour. */
  ahead: number | null;
  /** By the quarter of an hour in UTC. */
  counts: number[] | null;
  hour: number | null;
  count: number | null;
}

/**
 * In-store purchases per hour of the day in a time zone, from what is kept by quarters of an hour in UTC.
 *
 * Days on which the zone's clocks are the same quarters of an hour ahead from begin to end are added up as they are, in the
 * longest stretches that have one such offset. On other days (clocks were changed, or are ahead by odd seconds, as local mean
 * time was) each quarter of an hour that lies in one hour of the zone is added to that, and of the few that do not, the orders
 * themselves are read.
 */
export async function readInStoreHours(reader: Reader, timeZone: string): Promise<{ hour: number; count: number }[]> {
  const parts = await reader.run<HourPart>(statement(reader), [timeZone]);
  const hours = new Map<number, number>();
  const add = (hour: number, count: number) => hours.set(hour, (hours.get(hour) ?? 0) + count);
  for (const { ahead, counts, hour, count } of parts) {
    counts?.forEach((purchases, quarter) => add((Math.floor((quarter + ahead!) / 4) + 24) % 24, purchases));
    if (hour !== null) {
      add(hour, count!);
    }
  }
  return Array.from(hours, ([hour, count]) => ({ hour, count })).filter(({ count }) => count > 0);
}

/** What the zone's clocks are ahead of UTC at a moment. */
const aheadAt = (moment: string) => `(${moment} at time zone $1::text) - (${moment} at time zone 'UTC')`;

/**
 * What the clocks are ahead of UTC in a stretch of days, and whether that is one number of quarters of an hour from begin to
 * end. Looking every other day sees all changes, since no zone ever changed its clocks and back within three days.
 */
const offset = (length: number, block: string) => `lateral (
      select min(ahead) as ahead, min(ahead) = max(ahead) and mod(extract(epoch from min(ahead))::int, 900) = 0 as is_one
      from (
        select ${aheadAt('moment')} as ahead from generate_series(0, ${Math.ceil(length / 2)}) n,
          to_timestamp(least((${block} * ${length} + n * 2) * 86400::float8, (${block} + 1) * ${length} * 86400::float8 - 0.001)) moment
        offset 0 -- so that each is computed once
      ) moments
    )`;

const quarterStart = (quarter: string) => `to_timestamp(${quarter} * 900::float8)`;

function statement(reader: Reader): string {
  const [times, changes, orders] = [reader.table(InStoreTime), reader.table(OrderFigureChange), reader.table(Order)];
  const column = (property: keyof InStoreTime & string) => `t.${times.column(property)}`;
  const [days, block, counts] = [column('days'), column('block'), column('counts')];
  const placedAt = `o.${orders.column('placedAt')}`;
  return `
    with by_64_days as materialized (
      select ${block} as block, s.* from ${times.name} t, ${offset(64, block)} s where ${days} = 64
    ), by_8_days as materialized (
      select ${block} as block, s.* from ${times.name} t join by_64_days above on above.block = ${block} >> 3,
        ${offset(8, block)} s where ${days} = 8 and not above.is_one
    ), by_day as materialized (
      select ${block} as block, s.* from ${times.name} t join by_8_days above on above.block = ${block} >> 3,
        ${offset(1, block)} s where ${days} = 1 and not above.is_one
    ), stretches as materialized (
      select 64 as days, block, ahead from by_64_days where is_one
      union all
      select 8, block, ahead from by_8_days where is_one
      union all
      select 1, block, ahead from by_day where is_one
    ), quarters as (
      select ${block} * 96 + place - 1 as quarter, count
      from by_day d join ${times.name} t on ${days} = 1 and ${block} = d.block, unnest(${counts}) with ordinality c(count, place)
      where not d.is_one and count <> 0
      union all
      select c.${changes.column('key')}::int, c.${changes.column('change')} from ${changes.name} c
      where c.${changes.column('figure')} = '${Figure.IN_STORE_TIME}'
    ), placed as materialized (
      select *, extract(hour from first_time)::int as hour,
        last_time - first_time = interval '14:59.999' and extract(hour from first_time) = extract(hour from last_time) as is_one
      from (
        select quarter, sum(count)::int as count, ${quarterStart('quarter')} at time zone $1::text as first_time,
          (${quarterStart('quarter')} + interval '14:59.999') at time zone $1::text as last_time
        from quarters group by quarter
      ) q
    )
    select (extract(epoch from s.ahead) / 900)::int as ahead, to_json(${counts}) as counts, null::int as hour, null::int as count
    from stretches s join ${times.name} t on ${days} = s.days and ${block} = s.block
    union all
    select null, null, hour, sum(count)::int from placed where is_one group by hour
    union all
    select null, null, extract(hour from ${placedAt} at time zone $1::text)::int, count(*)::int
    from placed p join ${orders.name} o on o.${orders.column('fulfilment')} = '${Fulfilment.PICK_UP}'
      and ${placedAt} >= ${quarterStart('p.quarter')} and ${placedAt} < ${quarterStart('(p.quarter + 1)')}
    where not p.is_one group by 3`;
}
