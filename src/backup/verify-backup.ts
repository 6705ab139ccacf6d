import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Build } from '../migrate/build.js';
import { readProjectVersion } from '../project-version.js';
import type { BackupKeys } from './archive/encryption.js';
import { BackupError } from './backup-error.js';
import { Measure } from './measure.js';
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
  /** The SHA-256 of the archive's bytes, where that is known. */
  sha256: string | undefined;
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
  { keys, signal, sha256, ...options }: VerifyOptions,
): Promise<VerifiedArchive> {
  const measure = new Measure();
  void pipeline(stopping(content, signal), measure).catch(() => {});
  const reader = await ArchiveReader.open(measure, keys);
  try {
    const { manifest } = reader;
    const seen = await migrationsOf(manifest, build, await readProjectVersion());
    const { checksums } = await inTrial(url, build, { actor: 'pier2 backup', keep: false }, async trial => {
      await trial.migrate(seen);
      return loadArchive(trial.client, trial.schema, reader, options);
    });
    const measured = measure.measured().sha256;
    if (sha256 !== undefined && sha256 !== measured) {
      throw new BackupError(
        `All that it should have is there, but its SHA-256 is ${measured}, and was ${sha256} when it was written: its end is cut off or another one.`,
      );
    }
    const rows = Object.values(checksums.tables).reduce((sum, table) => sum + table.rows, 0);
    return { tenant: manifest.tenant.name, time: manifest.time, rows };
  } finally {
    await reader.close();
  }
}
