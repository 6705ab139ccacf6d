import type { Readable } from 'node:stream';
import type { Build } from '../migrate/build.js';
import { readProjectVersion } from '../project-version.js';
import type { BackupKeys } from './archive/encryption.js';
import { ArchiveReader } from './restore/archive-reader.js';
import { migrationsOf } from './restore/check-version.js';
import { type LoadOptions, loadArchive } from './restore/load-archive.js';
import { inTrial } from './restore/trial.js';
import { stopping } from './stopping.js';

/** What a verified archive is of. */
export interface VerifiedArchive {
  tenant: string;
  time: string;
  rows: number;
}

/** How an archive is verified. */
export interface VerifyOptions extends LoadOptions {
  keys: BackupKeys;
  /** After which it is broken off. */
  signal: AbortSignal;
}

/**
 * Restores an archive into a schema that nobody else sees and that is gone afterwards, and compares what stands there with
 * what was archived.
 * @throws BackupError that says what differs, and where
 */
export async function verifyBackup(
  url: string,
  build: Build,
  content: Readable,
  { keys, signal, ...options }: VerifyOptions,
): Promise<VerifiedArchive> {
  const reader = await ArchiveReader.open(stopping(content, signal), keys);
  try {
    const { manifest } = reader;
    const seen = await migrationsOf(manifest, build, await readProjectVersion());
    const { checksums } = await inTrial(url, build, { actor: 'pier2 backup', keep: false }, async trial => {
      await trial.migrate(seen);
      return loadArchive(trial.client, trial.schema, reader, options);
    });
    const rows = Object.values(checksums.tables).reduce((sum, table) => sum + table.rows, 0);
    return { tenant: manifest.tenant.name, time: manifest.time, rows };
  } finally {
    await reader.close();
  }
}
