import { performance, type RecordableHistogram } from 'node:perf_hooks';
import { Pool } from 'undici';
import type { Request, Started } from './contender.js';

/** What one stretch of load did. */
export interface Load {
  requests: number;
  seconds: number;
}

/**
 * Sends requests over a few connections that are kept open, on each the next one as soon as the last was answered, until
 * the time is up. The last ones are waited for, so that what they cost is known to be of the requests that were counted,
 * which is why this is no load generator that cuts them off.
 * @param latencies gets the microseconds of each
 */
export async function sendLoad(
  { origin, headers }: Started,
  nextRequest: () => Request,
  options: { seconds: number; connections: number; latencies?: RecordableHistogram },
): Promise<Load> {
  const { seconds, connections, latencies } = options;
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const began = performance.now();
  const end = began + seconds * 1000;
  let requests = 0;
  const send = async () => {
    while (performance.now() < end) {
      const { path, body, headers: own } = nextRequest();
      const sent = performance.now();
      const answer = await pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...headers, ...own },
        body,
      });
      const text = await answer.body.text();
      latencies?.record(Math.max(1, Math.round((performance.now() - sent) * 1000)));
      if (answer.statusCode !== 200 || text.includes('"errors":')) {
        throw new Error(`${origin}${path} answered ${answer.statusCode}: ${text.slice(0, 1000)}`);
      }
      requests += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, send));
    return { requests, seconds: (performance.now() - began) / 1000 };
  } finally {
    await pool.close();
  }
}
