import type { Readable } from 'node:stream';
import { ensureDatabase } from '../../database/ensure-database.js';
import { withClient } from '../../database/with-client.js';
import { quote } from '../../errors.js';
import { HistoryAction } from '../../history/history-entry.entity.js';
import { type Build, unseen } from '../../migrate/build.js';
import { lockingSql } from '../../migrate/lock.js';
import { migratePlatform } from '../../migrate/platform-migrator.js';
import { readPlatform, seenMigrations } from '../../migrate/tenants.js';
import { readProjectVersion } from '../../project-version.js';
import { recordTenantChange, snapshotOfTenant } from '../../tenancy/record-tenant-change.js';
import type { Tenant } from '../../tenancy/tenant.entity.js';
import { BackupError } from '../backup-error.js';
import type { BackupKeys } from '../archive/encryption.js';
import type { Manifest } from '../archive/manifest.js';
import { qualified, readTables } from '../tables.js';
import { addCountries, endSessions, noteMigrations } from './after-exchange.js';
import { ArchiveReader } from './archive-reader.js';
import { bringUp } from './bring-up.js';
import { migrationsOf } from './check-version.js';
import { type LoadOptions, loadArchive } from './load-archive.js';
import { stopped, stopping } from '../stopping.js';
import { exchange, lockSchema } from './swap.js';
import { findTarget, type FoundTarget, type Target, takeTarget } from './target.js';
import { inTrial, type Trial } from './trial.js';

/** How an archive is restored. */
export interface RestoreOptions extends Target, LoadOptions {
  keys: BackupKeys;
  /** After which it is broken off, and nothing of it stays. */
  signal: AbortSignal;
  /** Whether the database is made and its platform is brought up to date, as another one than that of the settings is. */
  prepareDatabase: boolean;
  /** Whether what is replaced is dropped at once, rather than after a day. */
  dropPrevious: boolean;
  /** Who restores, for the history. */
  actor: string;
}

/** What was restored. */
export interface RestoreReport {
  tenant: { id: string; name: string; schema: string; state: string };
  /** What became of the shop. */
  outcome: FoundTarget['kind'];
  /** When the archive was made, and of which shop. */
  archive: { tenant: string; time: string };
  rows: number;
  /** Tables that no migration gives, and that were left in the archive. */
  left: string[];
  /** Migrations that the archive had not seen yet. */
  migrated: string[];
  /** The schema that has what was replaced, for a day. */
  replaced: string | null;
  seconds: number;
}

/**
 * Restores an archive. All of it is one transaction, so until its end, which puts the new tables in the place of the old ones,
 * nobody sees any of it, and whatever ends it leaves nothing.
 * @throws BackupError when it cannot be, and why
 */
export async function restoreBackup(
  url: string,
  build: Build,
  content: Readable,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const started = performance.now();
  const reader = await ArchiveReader.open(stopping(content, options.signal), options.keys);
  try {
    const { manifest } = reader;
    const seen = await migrationsOf(manifest, build, await readProjectVersion());
    await preparePlatform(url, build, options.prepareDatabase);
    const report = await inTrial(url, build, { actor: options.actor, keep: true }, async trial => {
      const target = await findTarget(trial.transaction, manifest, options);
      await checkLive(trial, build, target);
      await trial.migrate(seen);
      const { checksums, left } = await loadArchive(trial.client, trial.schema, reader, options);
      const filled = await bringUp(trial, build, seen, checksums.platform.backfilled);
      for (const { name } of await readTables(trial.client, trial.schema)) {
        await trial.client.query(`analyze ${qualified(trial.schema, name)}`);
      }
      if (options.signal.aborted) {
        throw stopped();
      }
      if (target.kind === 'replaced') {
        // In the order in which migrations lock.
        await trial.client.query(lockingSql(target.schema));
      }
      const tenant = await takeTarget(trial.transaction, target, manifest, checksums);
      const replaced = await putInPlace(trial, tenant, target, manifest, options);
      await addCountries(trial.client, checksums.platform.countries);
      await noteMigrations(trial.client, tenant, filled);
      const { id, name, schema, state } = tenant;
      return {
        tenant: { id, name, schema, state },
        outcome: target.kind,
        archive: { tenant: manifest.tenant.name, time: manifest.time },
        rows: Object.values(checksums.tables).reduce((sum, { rows }) => sum + rows, 0),
        left,
        migrated: unseen(build.tenant, seen),
        replaced: options.dropPrevious ? null : (replaced ?? null),
      };
    });
    return { ...report, seconds: Math.round(performance.now() - started) / 1000 };
  } finally {
    await reader.close();
  }
}

/** @throws BackupError when the platform has not seen the migrations that the tables build on */
async function preparePlatform(url: string, build: Build, isOther: boolean): Promise<void> {
  if (isOther) {
    await ensureDatabase(url);
    await migratePlatform(url, { silent: true });
  }
  const missing = await withClient(url, async client => unseen(build.platform, await readPlatform(client)));
  if (missing.length > 0) {
    throw new BackupError(`The platform has not seen ${missing.join(', ')}; run "npx pier2 migrate apply" first.`);
  }
}

/** @throws BackupError when the shop that is replaced was migrated by a newer build, whose processes would miss what it has */
async function checkLive({ client }: Trial, { tenant: files }: Build, target: FoundTarget): Promise<void> {
  if (target.kind !== 'replaced') {
    return;
  }
  const seen = (await seenMigrations(client, [target.schema])).get(target.schema) ?? [];
  const replacedBySquash = files.flatMap(({ replaces }) => replaces);
  const unknown = seen.find(name => !files.some(file => file.name === name) && !replacedBySquash.includes(name));
  if (unknown !== undefined) {
    throw new BackupError(
      `The shop ${quote(target.name)} has seen ${unknown}, which this build does not have; restore it by the newer build that migrated it.`,
    );
  }
}

/** Puts the tables in the place of those of the shop, and tells everybody. */
async function putInPlace(
  { client, schema, transaction }: Trial,
  tenant: Tenant,
  { kind }: FoundTarget,
  { time }: Manifest,
  { dropPrevious, signal }: RestoreOptions,
): Promise<string | undefined> {
  const before = await snapshotOfTenant(transaction, tenant);
  await lockSchema(client, tenant.schema, signal);
  const replaced = await exchange(client, schema, tenant.schema);
  await endSessions(client, tenant.schema, replaced);
  if (replaced !== undefined && dropPrevious) {
    await client.query(`drop schema ${replaced} cascade`);
  }
  if (kind !== 'new') {
    await recordTenantChange(transaction, tenant, HistoryAction.UPDATED, before, { ...before, restoredFrom: time });
  }
  return replaced;
}
