import type { RequestHandler } from 'express';
import type { ReadPool } from '../database/reader.js';

/** Answers 200 when the server can do its work, and 503 when the database does not answer. */
export function healthHandler(reads: ReadPool): RequestHandler {
  return async (_request, response) => {
    try {
      await reads.run('select 1', []);
      response.json({ status: 'ok' });
    } catch {
      response.status(503).json({ status: 'unavailable', reason: 'The database does not answer.' });
    }
  };
}
