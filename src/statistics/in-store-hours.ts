import { LRUCache } from 'lru-cache';
import type { Reader } from '../database/reader.js';
import { type Part, type Quarters, readParts } from './in-store-parts.js';
import { InStoreTime } from './order-figure.entity.js';
import { blockOf, readStretches, type Stretch } from './zone-stretches.js';

/** The stretches of zones, for each tenant's own days. An upgrade of PostgreSQL can change a zone, so none is kept for ever. */
const known = new LRUCache<string, Stretch[]>({ max: 500, ttl: 3_600_000 });

/**
 * In-store purchases per hour of the day in a time zone, from what is kept by quarters of an hour in UTC.
 *
 * One statement reads all that adds up to them, so that it is as it was at one moment, and it needs to know when the zone's
 * clocks were changed. Where there are purchases of other days than those that this is known of, it is found out and the
 * statement runs again.
 */
export async function readInStoreHours(reader: Reader, timeZone: string): Promise<{ hour: number; count: number }[]> {
  const key = `${reader.table(InStoreTime).name} ${timeZone}`;
  let stretches = known.get(key) ?? [];
  for (;;) {
    const parts = await readParts(reader, timeZone, stretches);
    const unknown = parts.filter(isQuarters).filter(part => !beginsIn(stretches[part.stretch - 1], part));
    if (unknown.length === 0) {
      return addUp(parts, stretches);
    }
    const blocks = [...stretches.map(({ begin }) => begin), ...unknown.map(({ quarter }) => quarter)].map(blockOf);
    stretches = await readStretches(reader, timeZone, [...new Set(blocks)]);
    known.set(key, stretches);
  }
}

const beginsIn = (stretch: Stretch | undefined, { quarter }: Quarters) =>
  stretch !== undefined && quarter < stretch.end;

const isQuarters = (part: Part): part is Quarters => part.quarter !== null;

function addUp(parts: Part[], stretches: Stretch[]): { hour: number; count: number }[] {
  const hours = new Array<number>(24).fill(0);
  for (const part of parts) {
    if (isQuarters(part)) {
      addQuarters(part, stretches, hours);
    } else {
      part.counts.forEach((count, hour) => (hours[hour]! += count));
    }
  }
  return hours.map((count, hour) => ({ hour, count })).filter(({ count }) => count > 0);
}

/** Adds each quarter of an hour to its hour in its own stretch. */
function addQuarters({ quarter, counts, stretch }: Quarters, stretches: Stretch[], hours: number[]): void {
  let place = stretch - 1;
  counts.forEach((count, index) => {
    while (quarter + index >= stretches[place]!.end) {
      place += 1;
    }
    const { ahead } = stretches[place]!;
    if (ahead !== undefined) {
      const hour = Math.floor((quarter + index + ahead) / 4) % 24;
      hours[(hour + 24) % 24]! += count;
    }
  });
}
