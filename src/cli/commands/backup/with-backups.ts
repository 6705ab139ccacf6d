import { Option } from 'commander';
import { loadConfig } from '../../../config.js';
import type { BackupKeys } from '../../../backup/archive/encryption.js';
import { BackupError } from '../../../backup/backup-error.js';
import type { Storage } from '../../../backup/storage/storage.js';
import type { Build } from '../../../migrate/build.js';
import { withClient } from '../../../database/with-client.js';
import { RefusedInput } from '../../../problems.js';
import { schemaOfTenant } from '../../../tenancy/schema-of-tenant.js';
import type { FoundArchive } from '../../../backup/find-archive.js';
import { CommandError } from '../../failure.js';
import { withStorage } from '../../with-storage.js';
import { withMigrations } from '../migrate/run.js';

/** What commands about archives work with. */
export interface Backups {
  url: string;
  build: Build;
  storage: Storage;
  keys: BackupKeys;
  signal: AbortSignal;
}

/** Does something with the storage and the database that the settings name. */
export async function withBackups<Result>(
  { migrations }: { migrations?: string },
  work: (backups: Backups) => Promise<Result>,
): Promise<Result> {
  const { keys } = loadConfig().backup;
  return withStorage(storage =>
    withMigrations({ ...(migrations !== undefined && { migrations }) }, async (url, build, signal) => {
      const { dropReplacedSchemas } = await import('../../../backup/restore/replaced-schemas.js');
      await withClient(url, client =>
        dropReplacedSchemas(async (text, values) => (await client.query(text, [...values])).rows),
      );
      return work({ url, build, storage, keys, signal });
    }),
  );
}

/** The option that names other migrations. */
export function migrationsOption(): Option {
  return new Option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build');
}

/** Which archive somebody means. */
export interface ArchiveFlags {
  date?: string;
  migrations?: string;
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
  const moment = momentOf(date!);
  const schema = await withClient(url, client => schemaOfTenant(client, tenant)).catch((error: unknown) => {
    // One that was removed is known by its archives alone.
    if (error instanceof RefusedInput && tenant !== undefined) {
      return undefined;
    }
    throw error;
  });
  return lastArchive(storage, schema === undefined ? { name: tenant! } : { schema }, moment);
}

/** Does something with an archive, whose failures name it. */
export async function ofArchive<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BackupError ? new BackupError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}
