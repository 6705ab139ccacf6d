import type { Reader } from '../database/reader.js';
import { Fulfilment, Order } from '../orders/order.entity.js';
import { Figure, InStoreTime, OrderFigureChange } from './order-figure.entity.js';
import type { Stretch } from './zone-stretches.js';

/** Purchases of a day by its quarters of an hour, or of one quarter. */
export interface Quarters {
  /** The first quarter, since 1970 in UTC. */
  quarter: number;
  counts: number[];
  /** In which of the stretches the first quarter lies, counted from 1 on. */
  stretch: number;
}

/** Purchases by the hour of the day in the zone. */
export interface Hours {
  quarter: null;
  counts: number[];
}

/** What adds up to the purchases by hour. */
export type Part = Quarters | Hours;

/**
 * Reads, as they are at one moment: the longest rows of days that lie in one of the zone's stretches, added up to one day for
 * each offset, in the place of the first; each day that does not lie in one; what has not yet been folded in; and the orders of
 * stretches in which a quarter does not tell the hour. Of days for which there are no stretches it gives the longest rows.
 */
export function readParts(reader: Reader, timeZone: string, stretches: Stretch[]): Promise<Part[]> {
  const columns = (['begin', 'end', 'ahead'] as const).map(name => stretches.map(stretch => stretch[name]));
  return reader.run<Part>(statement(reader), [timeZone, ...columns]);
}

/** In which stretch a quarter lies: where there is none, in the one before. */
const stretchOf = (quarter: string) => `width_bucket(${quarter}, $2::int[])`;

/** Whether the stretch that a row begins in ends within it. */
const endsWithin = 'above.until > above.quarter and above.until < above.after';

/** To name each place is several times as fast as to unnest the arrays, or to write them as JSON. */
const quarterSums = Array.from({ length: 96 }, (_, place) => `sum(counts[${place + 1}])`).join(', ');

/** Without groups, since PostgreSQL would make room for as many as it expects orders, each time. */
const hourCounts = Array.from({ length: 24 }, (_, hour) => `count(*) filter (where hour = ${hour})`).join(', ');

function statement(reader: Reader): string {
  const [times, changes, orders] = [reader.table(InStoreTime), reader.table(OrderFigureChange), reader.table(Order)];
  const column = (property: keyof InStoreTime & string) => `t.${times.column(property)}`;
  const [days, block, counts] = [column('days'), column('block'), column('counts')];
  const changed = `c.${changes.column('key')}::int`;
  const placedAt = `o.${orders.column('placedAt')}`;
  /** Rows, and until which quarter the stretch goes that each begins in: until the row's own first where it is in none. */
  const rows = (length: number, above = '') => `materialized (
      select ${block} as block, q.quarter, q.quarter + ${length * 96} as after, ${counts} as counts, s.stretch,
        greatest(($3::int[])[s.stretch], q.quarter) as until
      from ${above}${times.name} t, lateral (select ${block} * ${length * 96} as quarter) q, lateral (select ${stretchOf('q.quarter')} as stretch) s
      where ${days} = ${length}${above && ` and ${endsWithin} and ${block} = above.block * 8 + n`}
    )`;
  return `
    with by_64_days as ${rows(64)}, by_8_days as ${rows(8, 'by_64_days above, generate_series(0, 7) n, ')},
      by_day as ${rows(1, 'by_8_days above, generate_series(0, 7) n, ')}
    select min(stretch) as stretch, min(quarter) as quarter, to_json(array[${quarterSums}]) as counts
    from (
      select * from by_64_days above where not (${endsWithin})
      union all
      select * from by_8_days above where not (${endsWithin})
      union all
      select * from by_day
    ) rows
    group by ($4::int[])[stretch], case when until < after then quarter end
    union all
    select ${stretchOf(changed)}, ${changed}, json_build_array(sum(c.${changes.column('change')}))
    from ${changes.name} c where c.${changes.column('figure')} = '${Figure.IN_STORE_TIME}' group by ${changed}
    union all
    select null, null, to_json(array[${hourCounts}])
    from (
      select extract(hour from ${placedAt} at time zone $1::text) as hour
      from unnest($2::int[], $3::int[], $4::int[]) s(first, after, ahead) join ${orders.name} o
        on o.${orders.column('fulfilment')} = '${Fulfilment.PICK_UP}'
        and ${placedAt} >= to_timestamp(s.first * 900::float8) and ${placedAt} < to_timestamp(s.after * 900::float8)
      where s.ahead is null offset 0 -- so that each hour is computed once
    ) orders`;
}
