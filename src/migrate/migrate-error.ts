/** Migrations cannot be run, or looked at, as it is asked for; the message says why and what to do. */
export class MigrateError extends Error {
  override name = 'MigrateError';
}
