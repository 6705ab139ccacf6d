import type { Reader } from '../database/reader.js';
import { Fulfilment, Order } from '../orders/order.entity.js';
import { Figure, InStoreTime, OrderFigureChange } from './order-figure.entity.js';
import type { Stretch } from './zone-stretches.js';

/** Purchases by the quarter of an hour of the day, of some days or of one quarter. */
export interface Quarters {
  hour: null;
  /** The first quarter, since 1970 in UTC. */
  quarter: number;
  counts: number[];
  /** In which of the stretches the first quarter lies, counted from 1 on. */
  stretch: number;
}

/** Purchases of one hour of the day in the zone. */
export interface Hour {
  hour: number;
  counts: [number];
}

/** What adds up to the purchases by hour. */
export type Part = Quarters | Hour;

/**
 * Reads, as they are at one moment: the longest rows of days that lie in one of the zone's stretches, each day that does
 * not, what has not yet been folded in, and the orders of stretches in which a quarter does not tell the hour.
 */
export function readParts(reader: Reader, timeZone: string, stretches: Stretch[]): Promise<Part[]> {
  const odd = stretches.filter(({ ahead }) => ahead === undefined);
  const quarters = [stretches.map(({ begin }) => begin), odd.map(({ begin }) => begin), odd.map(({ end }) => end)];
  return reader.run<Part>(statement(reader), [timeZone, ...quarters]);
}

/** In which stretch a quarter lies: where there is none, in the one before. */
const stretchOf = (quarter: string) => `width_bucket(${quarter}, $2::int[])`;

function statement(reader: Reader): string {
  const [times, changes, orders] = [reader.table(InStoreTime), reader.table(OrderFigureChange), reader.table(Order)];
  const column = (property: keyof InStoreTime & string) => `t.${times.column(property)}`;
  const [days, block, counts] = [column('days'), column('block'), column('counts')];
  const changed = `c.${changes.column('key')}::int`;
  const placedAt = `o.${orders.column('placedAt')}`;
  const rows = (length: number, where: string, above = '') => `materialized (
      select ${block} as block, ${block} * ${length * 96} as quarter, ${counts} as counts,
        ${stretchOf(`${block} * ${length * 96}`)} as stretch, ${stretchOf(`(${block} + 1) * ${length * 96} - 1`)} as last_stretch
      from ${above}${times.name} t where ${days} = ${length}${where}
    )`;
  const within = ` and above.stretch <> above.last_stretch and ${block} between above.block * 8 and above.block * 8 + 7`;
  return `
    with by_64_days as ${rows(64, '')}, by_8_days as ${rows(8, within, 'by_64_days above, ')},
      by_day as ${rows(1, within, 'by_8_days above, ')}
    select stretch, quarter, null::int as hour, to_json(counts) as counts from (
      select * from by_64_days where stretch = last_stretch
      union all
      select * from by_8_days where stretch = last_stretch
      union all
      select * from by_day
    ) rows
    union all
    select ${stretchOf(changed)}, ${changed}, null, json_build_array(sum(c.${changes.column('change')}))
    from ${changes.name} c where c.${changes.column('figure')} = '${Figure.IN_STORE_TIME}' group by ${changed}
    union all
    select null, null, extract(hour from ${placedAt} at time zone $1::text)::int as hour, json_build_array(count(*))
    from unnest($3::int[], $4::int[]) odd(first, after) join ${orders.name} o on o.${orders.column('fulfilment')} = '${Fulfilment.PICK_UP}'
      and ${placedAt} >= to_timestamp(odd.first * 900::float8) and ${placedAt} < to_timestamp(odd.after * 900::float8)
    group by 3`;
}
