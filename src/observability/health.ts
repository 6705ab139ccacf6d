import type { RequestHandler } from 'express';
import type { ReadPool } from '../database/reader.js';
import type { Replicas } from '../database/replicas.js';

/** Answers 200 while the process answers at all, whatever becomes of the database: starting it anew would mend nothing there. */
export const liveHandler: RequestHandler = (_request, response) => {
  response.json({ status: 'live' });
};

/**
 * Answers 200 when the server can do its work, and 503 when the database does not answer. Of replicas it tells how many are
 * in use: without them, the primary server does their work.
 */
export function healthHandler(reads: ReadPool, replicas: Replicas | undefined): RequestHandler {
  return async (_request, response) => {
    try {
      await reads.run('select 1', []);
      response.json({ status: 'ok', ...(replicas && { replicas: replicas.counts }) });
    } catch {
      response.status(503).json({ status: 'unavailable', reason: 'The database does not answer.' });
    }
  };
}

/**
 * Answers 200 when the schema has all migrations of this build, and 503 with what is missing, so that a rolling deploy sends
 * requests to this process when it can serve them.
 * @param missing what is missing, in one sentence; undefined when nothing is
 */
export function readyHandler(missing: () => Promise<string | undefined>): RequestHandler {
  return async (_request, response) => {
    const reason = await missing();
    if (reason === undefined) {
      response.json({ status: 'ready' });
    } else {
      response.status(503).json({ status: 'not ready', reason });
    }
  };
}
