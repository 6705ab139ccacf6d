import { setFlagsFromString } from 'node:v8';
import { loadConfig } from '../../../config.js';
import type { Build } from '../../../migrate/build.js';
import type { MigrationReport } from '../../../migrate/report.js';
import { parallelFor, runDefaults } from '../../../migrate/run-defaults.js';
import type { RunOptions } from '../../../migrate/run-over-tenants.js';
import { exitCodeOf } from '../../../signals.js';
import { ProgressBar } from '../../progress-bar.js';
import { withDatabase } from '../../with-database.js';
import { type CommonFlags, type RunFlags, selectionOf } from './options.js';
import { printReport } from './print-report.js';

/** Exit codes of runs that did not do all; a wrong command line has 2, as everywhere. */
export const exitCodes = { incomplete: 1, drift: 3 };

/** What the help says of exit codes of runs over tenants. */
export const runExitCodes = `
Exit codes: 0 all is done, 1 something failed or was left out, 2 the command is wrong, 3 refused for drift,
130 or 143 stopped by Ctrl-C or SIGTERM. Whatever stopped it, the same command goes on where it ended.`;

/** Does something with the database that the settings name and this build's migrations. */
export function withMigrations<Result>(
  { migrations }: Pick<CommonFlags, 'migrations'>,
  work: (url: string, build: Build, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withDatabase(async ({ url }, signal) => {
    const { readBuild } = await import('../../../migrate/build.js');
    return work(url, await readBuild(migrations), signal);
  });
}

/** Shops at once, as the flag says or as the connections allow. */
export function shopsAtOnce({ parallel }: Pick<RunFlags, 'parallel'>): number {
  return parallel ?? parallelFor(loadConfig().database.poolMax);
}

/** Runs over tenants as the flags say, shows how far it is, and tells what came of it. */
export async function runOver(
  flags: RunFlags,
  work: (url: string, build: Build, options: RunOptions) => Promise<MigrationReport>,
): Promise<void> {
  const tenants = selectionOf(flags);
  keepHeapSmall();
  await withMigrations(flags, async (url, build, signal) => {
    const bar = new ProgressBar('shops');
    const report = await work(url, build, {
      tenants,
      parallel: shopsAtOnce(flags),
      canaries: flags.canary.length > 0 ? flags.canary : flags.canaries ? 'auto' : [],
      stopAfter: flags.stopAfter,
      whenLocked: flags.whenLocked,
      lockTimeout: flags.lockTimeout,
      retries: flags.retries,
      retryDelay: runDefaults.retryDelay,
      statementTimeout: flags.statementTimeout,
      dryRun: flags.dryRun ?? false,
      allowDrift: flags.allowDrift ?? false,
      signal,
      onProgress: (done, total) => bar.show(done, total),
    }).finally(() => bar.stop());
    printReport(report, flags.json);
    process.exitCode = exitCode(report, signal);
  });
}

function exitCode({ platform, tenants, drift, stopped, dryRun }: MigrationReport, signal: AbortSignal): number {
  if (stopped === 'interrupted') {
    return exitCodeOf(signal);
  }
  if (drift.length > 0) {
    return exitCodes.drift;
  }
  const { failed, left, untried } = tenants;
  return platform.failure !== undefined || (!dryRun && failed + left + untried > 0) ? exitCodes.incomplete : 0;
}

/** Each shop leaves garbage and nothing else, with which V8 would let its heap grow for as long as a run lasts. */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
