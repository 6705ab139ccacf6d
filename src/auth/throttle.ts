import type { Reader } from '../database/reader.js';
import { ProblemCode, refused, RefusedInput } from '../problems.js';
import { hashOf } from './random-token.js';
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
async function countAttempt(reader: Reader, limit: Limit, of: string): Promise<Date | undefined> {
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

/** An attempt that was counted, and what is done with its counts when it succeeds. */
export interface CountedAttempt {
  /** Forgets all attempts of a limit. */
  forget(limit: Limit): Promise<void>;
  /** Takes this attempt back from a limit. */
  giveBack(limit: Limit): Promise<void>;
}

/**
 * Counts an attempt for each of several limits, so that none hides another.
 * @throws RefusedInput TOO_MANY_ATTEMPTS
 */
export async function countAttempts(
  reader: Reader,
  counts: readonly (readonly [Limit, string])[],
): Promise<CountedAttempt> {
  const waits = await Promise.all(counts.map(([limit, of]) => countAttempt(reader, limit, of)));
  const until = Math.max(...waits.map(wait => wait?.getTime() ?? 0));
  if (until > 0) {
    throw tooManyAttempts(until);
  }
  const ofLimit = (limit: Limit) => counts.find(([counted]) => counted === limit)![1];
  return {
    forget: limit => forgetAttempts(reader, limit, ofLimit(limit)),
    giveBack: limit => giveBackAttempt(reader, limit, ofLimit(limit)),
  };
}

/**
 * Does something that may be done so often: what is refused for another reason does not count.
 * @throws RefusedInput TOO_MANY_ATTEMPTS, or what `work` throws
 */
export async function countDone<Result>(
  reader: Reader,
  counts: readonly (readonly [Limit, string])[],
  work: () => Promise<Result>,
): Promise<Result> {
  const attempt = await countAttempts(reader, counts);
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusedInput) {
      await Promise.all(counts.map(([limit]) => attempt.giveBack(limit)));
    }
    throw error;
  }
}

/** Takes one attempt back, since it is none to be counted. */
async function giveBackAttempt(reader: Reader, limit: Limit, of: string): Promise<void> {
  const throttles = reader.table(Throttle);
  const attempts = throttles.column('attempts');
  await reader.run(
    `update ${throttles.name} set ${attempts} = ${attempts} - 1 where ${throttles.column('key')} = $1::text and ${attempts} > 0`,
    [keyOf(limit, of)],
  );
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

/** What is refused that was tried too often. */
function tooManyAttempts(until: number): RefusedInput {
  const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1000));
  return refused(
    ProblemCode.TOO_MANY_ATTEMPTS,
    null,
    `It was tried too often; try again in ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
  );
}

function keyOf({ name }: Limit, of: string): string {
  return hashOf(`${name} ${of}`);
}
