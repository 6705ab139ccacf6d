import { BackupError } from '../backup/backup-error.js';
import { BulkError } from '../bulk/bulk-error.js';
import { ConfigError } from '../config/parse-settings.js';
import { isConnectionFailure } from '../database/connection-failure.js';
import { DatabaseServerError } from '../database/server.js';
import { MigrateError } from '../migrate/migrate-error.js';
import { RefusedInput } from '../problems.js';

/** A command that cannot do what it is asked for; the message says why and what to do. */
export class CommandError extends Error {
  override name = 'CommandError';
}

const expected = [BackupError, BulkError, CommandError, ConfigError, DatabaseServerError, MigrateError, RefusedInput];

/** What PostgreSQL says when a table, a schema or a function is not there. */
const missing = ['42P01', '3F000', '42883'];

/** What a person is told of a command that failed: one sentence where we know the remedy, else all there is. */
export function explainFailure(error: unknown): unknown {
  const { code = '', message } = error as Error & { code?: string };
  if (expected.some(kind => error instanceof kind)) {
    return message;
  }
  if (missing.includes(code)) {
    return 'The database has no tables of this version; run "npx mikro-orm migration:up" first.';
  }
  return isConnectionFailure(error)
    ? `The server of the database is gone (${message || code}), and its log may say why. Run the command again once it is back.`
    : error;
}
