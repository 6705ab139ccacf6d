import type { Reader } from '../database/reader.js';

/** Seconds. */
const [quarter, day] = [900, 86_400];
const block = 64 * day;
/** What is first looked at lies so far apart; no zone ever changed its clocks and back within six days. */
const step = 2 * day;

/** In which block of 64 days, counted from 1970 on, a quarter of an hour lies. */
export const blockOf = (quarterSince1970: number) => Math.floor((quarterSince1970 * quarter) / block);

/** Quarters of an hour in which a zone's clocks are ahead of UTC by one number of quarters, if by one. */
export interface Stretch {
  /** The first quarter, since 1970 in UTC. */
  begin: number;
  /** The quarter after the last. */
  end: number;
  /** Nothing where clocks are ahead by odd seconds, as local mean time was, or were changed within the quarter. */
  ahead?: number;
}

/**
 * The stretches of some blocks of 64 days, counted from 1970 on, in their order. None goes beyond its block. They come from
 * PostgreSQL's own `at time zone`, so that its time zone data decides.
 */
export async function readStretches(reader: Reader, timeZone: string, blocks: number[]): Promise<Stretch[]> {
  const offsets = await reader.run<{ begin: number; ahead: number }>(statement, [timeZone, blocks]);
  return offsets.flatMap(({ begin, ahead }, index) => {
    const blockEnd = (Math.floor(begin / block) + 1) * block;
    const end = Math.min(offsets[index + 1]?.begin ?? blockEnd, blockEnd);
    const changed = { begin: Math.floor(begin / quarter), end: Math.ceil(begin / quarter) };
    const stretch: Stretch = { begin: changed.end, end: Math.floor(end / quarter) };
    if (ahead % quarter === 0) {
      stretch.ahead = ahead / quarter;
    }
    return changed.begin < changed.end ? [changed, stretch] : [stretch];
  });
}

/** The seconds that the zone's clocks are ahead of UTC at a second since 1970. */
const aheadAt = (second: string) =>
  `extract(epoch from (to_timestamp(${second}) at time zone $1::text) - (to_timestamp(${second}) at time zone 'UTC'))::int`;

/** The offset at the begin of each block, and each later one in it with its first second, which is found by halving. */
const statement = `
  with recursive spans as (
    select low, low + ${step} as high, ${aheadAt('low')} as before, ${aheadAt(`low + ${step}`)} as after
    from unnest($2::bigint[]) block, generate_series(block * ${block}, (block + 1) * ${block} - ${step}, ${step}) low
    union all
    select half.* from spans, lateral (select (low + high) / 2 as middle) m,
      lateral (select ${aheadAt('middle')} as at_middle offset 0) a, -- so that it is computed once
      lateral (values (low, middle, before, at_middle), (middle, high, at_middle, after)) half
    where before <> after and high - low > 1
  )
  select block * ${block}::float8 as begin, ${aheadAt(`block * ${block}`)} as ahead from unnest($2::bigint[]) block
  union all
  select high::float8, after from spans where before <> after and high - low = 1 and high % ${block} <> 0
  order by begin`;
