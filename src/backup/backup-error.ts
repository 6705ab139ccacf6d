/** A backup cannot be made, found, kept or restored as it is asked for; the message says why and what to do. */
export class BackupError extends Error {
  override name = 'BackupError';
}
