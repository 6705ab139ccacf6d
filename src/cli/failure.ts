import { BulkError } from '../bulk/bulk-error.js';
import { ConfigError } from '../config.js';
import { DatabaseServerError } from '../database/server.js';

const expected = [BulkError, ConfigError, DatabaseServerError];

/** What a person is told of a command that failed: one sentence where we know the remedy, else all there is. */
export function explainFailure(error: unknown): unknown {
  return expected.some(kind => error instanceof kind) ? (error as Error).message : error;
}
