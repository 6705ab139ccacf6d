import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';
import type { BackupKeys } from '../../src/backup/archive/encryption.js';
import { createBackup, type CreatedBackup } from '../../src/backup/create-backup.js';
import { restoreBackup, type RestoreOptions, type RestoreReport } from '../../src/backup/restore/restore-backup.js';
import { FolderStorage } from '../../src/backup/storage/folder-storage.js';
import { verifyBackup, type VerifiedArchive } from '../../src/backup/verify-backup.js';
import { readBuild } from '../../src/migrate/build.js';
import { connected } from '../support/server.js';

/** A folder of archives, and what is done with them, as the commands do. */
export interface Backups {
  storage: FolderStorage;
  create(url: string, schema: string, keys?: BackupKeys): Promise<CreatedBackup>;
  verify(url: string, archive: string | Readable, keys?: BackupKeys): Promise<VerifiedArchive>;
  restore(url: string, archive: string | Readable, options?: Partial<RestoreOptions>): Promise<RestoreReport>;
  close(): Promise<void>;
}

const noKeys: BackupKeys = { recipients: [], identities: [] };

/** @param migrations another folder of tenants' migrations than this build's */
export async function startBackups(migrations?: string): Promise<Backups> {
  const folder = await mkdtemp(join(tmpdir(), 'pier2-backups-'));
  const storage = new FolderStorage(folder);
  const read = async (archive: string | Readable) => (typeof archive === 'string' ? storage.read(archive) : archive);
  const common = { allowDrift: false, onBytes: () => {}, signal: new AbortController().signal };
  return {
    storage,
    create: async (url, schema, keys = noKeys) =>
      createBackup(url, await readBuild(migrations), schema, storage, { keys }),
    verify: async (url, archive, keys = noKeys) =>
      verifyBackup(url, await readBuild(migrations), await read(archive), { ...common, keys, sha256: undefined }),
    restore: async (url, archive, options) =>
      restoreBackup(url, await readBuild(migrations), await read(archive), {
        ...common,
        keys: noKeys,
        prepareDatabase: false,
        dropPrevious: false,
        actor: 'a test',
        ...options,
      }),
    close: () => rm(folder, { recursive: true }),
  };
}

/** What a restore changes on purpose, so that nobody stays signed in. */
const changedOnPurpose = ['sessions', 'account_tokens'];

/** What stands in each table of a schema, in the order in which it stands there, as one checksum a table. */
export function contentsOf(url: string, schema: string): Promise<Record<string, string>> {
  return connected(url, async client => {
    await client.query('set synchronize_seqscans = off');
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = $1 order by 1`,
      [schema],
    );
    const found: Record<string, string> = {};
    for (const { name } of rows.filter(table => !changedOnPurpose.includes(table.name))) {
      const { rows: sums } = await client.query<{ sum: string }>(
        `select count(*) || ' rows ' || md5(coalesce(string_agg(t::text, '|'), '')) as sum from ${schema}.${pg.escapeIdentifier(name)} t`,
      );
      found[name] = sums[0]!.sum;
    }
    return found;
  });
}

/** The schemas that restores make. */
export function schemasOfRestores(url: string): Promise<string[]> {
  return connected(url, async client => {
    const { rows } = await client.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname like 'pier2\\_%' order by 1`,
    );
    return rows.map(({ name }) => name);
  });
}
