import { pipeline } from 'node:stream/promises';
import { withClient } from '../database/with-client.js';
import type { Build } from '../migrate/build.js';
import { readProjectVersion } from '../project-version.js';
import { archiveName } from './archive-name.js';
import type { BackupKeys } from './archive/encryption.js';
import { type OnBytes, writeArchive } from './archive/write-archive.js';
import { Measure } from './measure.js';
import { type Sidecar, writeSidecar } from './sidecar.js';
import { stopping } from './stopping.js';
import type { Storage } from './storage/storage.js';

/** An archive that was made, and what is told of it. */
export interface CreatedBackup extends Sidecar {
  /** Its name in the storage. */
  name: string;
}

/** How an archive is made. */
export interface CreateOptions {
  keys: BackupKeys;
  /** After which it is broken off, and nothing of it is kept. */
  signal?: AbortSignal;
  onBytes?: OnBytes;
}

/** Writes an archive of a tenant into the storage, and beside it what is told of it. */
export async function createBackup(
  url: string,
  { tenant: migrations }: Pick<Build, 'tenant'>,
  schema: string,
  storage: Storage,
  { keys, signal, onBytes = () => {} }: CreateOptions,
): Promise<CreatedBackup> {
  const projectVersion = await readProjectVersion();
  return withClient(url, async client => {
    const { manifest, content, checksums } = await writeArchive(
      client,
      schema,
      { projectVersion, migrations, keys },
      onBytes,
    );
    const createdAt = new Date(manifest.time);
    const encrypted = keys.recipients.length > 0;
    const name = archiveName({ schema, createdAt }, encrypted);
    const stored = new Measure();
    // What goes wrong reaches the storage, which says so.
    void pipeline(content, stored).catch(() => {});
    await storage.write(name, stopping(stored, signal));
    const sidecar: Sidecar = {
      format: 1,
      tenant: { id: manifest.tenant.id, name: manifest.tenant.name, schema },
      createdAt,
      projectVersion,
      migration: manifest.migrations.at(-1)?.name ?? null,
      encrypted,
      ...stored.measured(),
      rows: Object.values(checksums().tables).reduce((sum, { rows }) => sum + rows, 0),
      verifiedAt: null,
    };
    await writeSidecar(storage, name, sidecar);
    return { name, ...sidecar };
  });
}
