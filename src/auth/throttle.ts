import { createHash } from 'node:crypto';
import type { Reader } from '../database/reader.js';
import { Throttle } from './throttle.entity.js';

/** How often something may be tried in how long. */
export interface Limit {
  /** What is counted. */
  name: string;
  most: number;
  minutes: number;
}

/**
 * Counts an attempt, and gives when to try again if there were too many. It is one statement, committed before what is
 * tried: so attempts at once, in whatever processes, count each.
 */
export async function countAttempt(reader: Reader, limit: Limit, of: string): Promise<Date | undefined> {
  const throttles = reader.table(Throttle);
  const column = (name: keyof Throttle) => throttles.column(name);
  const isOver = `t.${column('endsAt')} <= now()`;
  const [row] = await reader.run<{ attempts: number; endsAt: Date }>(
    `insert into ${throttles.name} as t (${column('key')}, ${column('attempts')}, ${column('endsAt')})
     values ($1::text, 1, now() + $2::int * interval '1 minute')
     on conflict (${column('key')}) do update set
       ${column('attempts')} = case when ${isOver} then 1 else t.${column('attempts')} + 1 end,
       ${column('endsAt')} = case when ${isOver} then excluded.${column('endsAt')} else t.${column('endsAt')} end
     returning ${column('attempts')} as attempts, ${column('endsAt')} as "endsAt"`,
    [keyOf(limit, of), limit.minutes],
  );
  return row!.attempts > limit.most ? row!.endsAt : undefined;
}

/** Forgets attempts, since one has succeeded. */
export async function forgetAttempts(reader: Reader, limit: Limit, of: string): Promise<void> {
  const throttles = reader.table(Throttle);
  await reader.run(`delete from ${throttles.name} where ${throttles.column('key')} = $1::text`, [keyOf(limit, of)]);
}

/** Removes counts that are over. */
export async function removeOldAttempts(reader: Reader): Promise<void> {
  const throttles = reader.table(Throttle);
  await reader.run(`delete from ${throttles.name} where ${throttles.column('endsAt')} <= now()`, []);
}

function keyOf({ name }: Limit, of: string): string {
  return createHash('sha256').update(`${name} ${of}`).digest('base64url');
}
