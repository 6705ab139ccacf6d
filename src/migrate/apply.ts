import { platformSchema } from '../database/schemas.js';
import { withClient } from '../database/with-client.js';
import { type Build, findMigration, hashOfBuild, unseen } from './build.js';
import type { MigrationReport } from './report.js';
import { type RunOptions, runOverTenants } from './run-over-tenants.js';
import { isComplete } from './runs.js';
import { readPlatform } from './tenants.js';

/** How migrations are applied. */
export interface ApplyOptions extends RunOptions {
  /** The last migration of tenants that runs; all without it. */
  to?: string | undefined;
  /** Whether nothing is done when the last complete run was of the same migrations. */
  onlyChanged: boolean;
}

/** Brings the platform and then tenants to this build's migrations. What fails is told in the report. */
export async function apply(url: string, build: Build, options: ApplyOptions): Promise<MigrationReport> {
  const started = performance.now();
  const seconds = () => Math.round(performance.now() - started) / 1000;
  const to = options.to === undefined ? undefined : findMigration(build, options.to);
  const nothing = {
    verb: 'apply' as const,
    dryRun: options.dryRun,
    unchanged: false,
    platform: { migrations: [] },
    tenants: { total: 0, upToDate: 0, migrated: 0, left: 0, failed: 0, untried: 0 },
    outcomes: [],
    drift: [],
    stopped: undefined,
  };
  const unchanged =
    options.onlyChanged && (await withClient(url, async client => isComplete(client, await hashOfBuild(build))));
  if (unchanged) {
    return { ...nothing, unchanged, seconds: seconds() };
  }
  const platform = await applyToPlatform(url, build, options);
  if (platform.failure !== undefined) {
    return { ...nothing, platform, seconds: seconds() };
  }
  const names = build.tenant.slice(0, to === undefined ? undefined : 1 + build.tenant.findIndex(f => f.name === to));
  const result = await runOverTenants(url, build, options, { verb: 'apply', target: to ?? null }, ({ seen }) =>
    unseen(names, seen),
  );
  return { ...result, platform, unchanged: false, seconds: seconds() };
}

/** Brings the platform up to date, on which all tenants build. */
async function applyToPlatform(url: string, build: Build, options: ApplyOptions): Promise<MigrationReport['platform']> {
  const migrations = await withClient(url, async client => unseen(build.platform, await readPlatform(client)));
  if (migrations.length === 0 || options.dryRun) {
    return { migrations };
  }
  const [{ MigrationWorker }, { platformContext }] = await Promise.all([
    import('./worker.js'),
    import('./platform-migrator.js'),
  ]);
  const worker = await MigrationWorker.start(url, platformContext, options, options.signal);
  try {
    const outcome = await worker.migrate('up', platformSchema, migrations);
    return outcome.kind === 'done' ? { migrations } : { migrations, failure: outcome.reason };
  } finally {
    await worker.close();
  }
}
