import { createReadStream, existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupError } from './backup-error.js';
import { listArchives } from './list-archives.js';
import { FolderStorage } from './storage/folder-storage.js';
import type { Storage } from './storage/storage.js';

/** An archive that somebody names. */
export interface FoundArchive {
  /** As people know it. */
  name: string;
  read: () => Promise<Readable>;
  /** Where what is told of it stands, under this name. */
  beside: { storage: Storage; name: string };
}

/** The archive of a name in the storage, or of a path. */
export function archiveOfName(storage: Storage, name: string): FoundArchive {
  if (!existsSync(name)) {
    return { name, read: () => storage.read(name), beside: { storage, name } };
  }
  const path = resolve(name);
  return {
    name: path,
    read: async () => createReadStream(path),
    beside: { storage: new FolderStorage(dirname(path)), name: basename(path) },
  };
}

/**
 * The last archive of a shop that was made at a moment or before.
 * @param shop its schema, or where that is not known any more, the name that it had in its last archive
 * @throws BackupError when there is none
 */
export async function lastArchive(
  storage: Storage,
  shop: { schema: string } | { name: string },
  moment: Date,
): Promise<FoundArchive> {
  const which = 'schema' in shop ? { schemas: [shop.schema] } : { tenants: [shop.name] };
  const archives = (await listArchives(storage, which)).sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const found = archives.findLast(({ createdAt }) => createdAt <= moment);
  if (!found) {
    const [first] = archives;
    const earliest = first ? `the first is of ${first.createdAt.toISOString()}` : 'it has none of that shop';
    throw new BackupError(
      `${storage.place} has no archive of ${Object.values(shop)[0]} from ${moment.toISOString()} or before; ${earliest}.`,
    );
  }
  return archiveOfName(storage, found.name);
}

/**
 * The moment that somebody means by a date: the end of a day in UTC, or an instant with its time zone.
 * @throws BackupError for any other text
 */
export function momentOf(date: string): Date {
  const moment = new Date(/^\d{4}-\d\d-\d\d$/.test(date) ? `${date}T23:59:59.999Z` : date);
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(date);
  if (!isInstant || Number.isNaN(moment.getTime())) {
    throw new BackupError(
      `"${date}" is no date; give a day such as 2026-11-20, or a moment such as 2026-11-20T18:00:00Z.`,
    );
  }
  return moment;
}
