import { BulkError } from '../bulk/bulk-error.js';
import { ConfigError } from '../config.js';
import { DatabaseServerError } from '../database/server.js';
import { RefusedInput } from '../problems.js';

const expected = [BulkError, ConfigError, DatabaseServerError, RefusedInput];

const undefinedTable = '42P01';
const undefinedSchema = '3F000';

/** What a person is told of a command that failed: one sentence where we know the remedy, else all there is. */
export function explainFailure(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code === undefinedTable || code === undefinedSchema) {
    return 'The database has no tables of this version; run "npx mikro-orm migration:up" first.';
  }
  return expected.some(kind => error instanceof kind) ? (error as Error).message : error;
}
