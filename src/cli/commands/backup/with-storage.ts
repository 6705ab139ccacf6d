import { loadConfig } from '../../../config.js';
import type { BackupKeys } from '../../../backup/archive/encryption.js';
import { BackupError } from '../../../backup/backup-error.js';
import type { Storage } from '../../../backup/storage/storage.js';
import { withClient } from '../../../database/with-client.js';
import { schemaOfTenant } from '../../../tenancy/schema-of-tenant.js';
import type { FoundArchive } from '../../../backup/find-archive.js';
import { CommandError } from '../../failure.js';
import { withDatabase } from '../../with-database.js';

/** What commands about archives work with. */
export interface Backups {
  url: string;
  storage: Storage;
  keys: BackupKeys;
  signal: AbortSignal;
}

/** Does something with the storage and the database that the settings name. */
export async function withBackups<Result>(work: (backups: Backups) => Promise<Result>): Promise<Result> {
  const { storage: settings, keys } = loadConfig().backup;
  return withDatabase(async ({ url }, signal) => {
    const [{ openStorage }, { dropReplacedSchemas }] = await Promise.all([
      import('../../../backup/storage/open-storage.js'),
      import('../../../backup/restore/replaced-schemas.js'),
    ]);
    await withClient(url, client => dropReplacedSchemas(client));
    const storage = await openStorage(settings);
    try {
      return await work({ url, storage, keys, signal });
    } finally {
      storage.close();
    }
  });
}

/** Which archive somebody means. */
export interface ArchiveFlags {
  date?: string;
  tenant?: string;
}

/**
 * The archive that a command names, by its file, or by a shop and a date.
 * @throws CommandError when it names none, or two
 */
export async function chooseArchive(
  { url, storage }: Backups,
  file: string | undefined,
  { date, tenant }: ArchiveFlags,
): Promise<FoundArchive> {
  const { archiveOfName, lastArchive, momentOf } = await import('../../../backup/find-archive.js');
  if ((file === undefined) === (date === undefined)) {
    throw new CommandError(
      'Name the archive by its file, or by --date and the shop; "pier2 backup list" shows those that there are.',
    );
  }
  if (file !== undefined) {
    return archiveOfName(storage, file);
  }
  const schema = await withClient(url, client => schemaOfTenant(client, tenant));
  return lastArchive(storage, schema, momentOf(date!));
}

/** Does something with an archive, whose failures name it. */
export async function ofArchive<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BackupError ? new BackupError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}

/** Bytes in words. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}
