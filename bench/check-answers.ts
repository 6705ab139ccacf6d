import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { Contender, Request, Started } from './contender.js';
import { placementWithEffects } from './placement-effects.js';
import { queries, type QueryName } from './queries.js';
import { ask } from './requests.js';

/** Answers of a query that are compared. */
const compared = 25;

/** A contender that runs, with its requests for one query. */
export interface Asked {
  contender: Contender;
  server: Started;
  requests: readonly Request[];
}

/**
 * Asks all contenders the same, for some of their requests. Of those that write, what they wrote is compared as well.
 * @throws Error with the first place where the answer of one differs from that of the first
 */
export async function checkAnswers(database: pg.Client, query: QueryName, all: readonly Asked[]): Promise<void> {
  const [first, ...others] = all;
  const count = Math.min(...all.map(({ requests }) => requests.length));
  const numbers = Array.from({ length: Math.min(compared, count) }, (_, number) =>
    Math.floor((number * count) / Math.min(compared, count)),
  );
  for (const number of numbers) {
    const answer = async ({ contender, server, requests }: Asked) => {
      const send = async () => contender.plain(query, await ask(server, requests[number]!));
      return comparable(queries[query].writes ? await placementWithEffects(database, send) : await send());
    };
    const right = await answer(first!);
    for (const other of others) {
      const found = await answer(other);
      if (!isDeepStrictEqual(found, right)) {
        throw new Error(
          `${other.contender.name} answers ${query} otherwise than ${first!.contender.name}, ` +
            `to ${other.requests[number]!.body}:\n${difference(found, right)}`,
        );
      }
    }
  }
}

/** Instants as milliseconds, ids without their type's name, and no cursors, which are each contender's own. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(comparable);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([name]) => name !== 'endCursor');
    return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner)]));
  }
  if (typeof value !== 'string') {
    return value;
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) {
    return Date.parse(value);
  }
  return value.replace(/^[A-Z]\w+_(?=[0-9a-f]{8}-)/, '');
}

/** The first place where two answers differ. */
function difference(found: unknown, right: unknown, path = ''): string {
  if (typeof found === 'object' && typeof right === 'object' && found && right) {
    for (const name of Object.keys({ ...right, ...found })) {
      const [a, b] = [(found as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]];
      if (!isDeepStrictEqual(a, b)) {
        return difference(a, b, `${path}.${name}`);
      }
    }
  }
  return `at ${path} ${JSON.stringify(found)?.slice(0, 300)} instead of ${JSON.stringify(right)?.slice(0, 300)}`;
}
