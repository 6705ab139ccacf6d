import type { Command } from 'commander';
import type { PlanReport } from '../../../migrate/plan/plan-report.js';
import { exitCodeOf } from '../../../signals.js';
import { CommandError } from '../../failure.js';
import { ProgressBar } from '../../progress-bar.js';
import { addCommonOptions, type CommonFlags, selectionOf, whenLockedOption, whole } from './options.js';
import { printPlan } from './print-plan.js';
import { exitCodes, withMigrations } from './run.js';

interface PlanFlags extends CommonFlags {
  lockTimeout: number;
  statementTimeout: number;
  whenLocked: 'wait' | 'leave';
  allowDrift?: boolean;
  sql?: boolean;
  from?: string;
}

/** Adds `pier2 migrate plan`. */
export function addPlan(migrate: Command): void {
  const command = migrate
    .command('plan')
    .description(
      'Runs pending migrations in transactions that are rolled back, and tells what each statement locks, rewrites and changes.',
    );
  addCommonOptions(command, 'all shops; without this and --tenant, the largest of each form and version of the schema')
    .option('--lock-timeout <ms>', 'how long a statement waits for a lock', whole(1), 1000)
    .option('--statement-timeout <ms>', 'how long a statement may take; 0 for any time', whole(0), 60_000)
    .addOption(whenLockedOption())
    .option('--allow-drift', 'also try shops whose schema is not what the migrations give')
    .option('--sql', 'run nothing, connect to nothing, and write the SQL that apply would run, for a reviewer or psql')
    .option('--from <migration>', 'with --sql: the migration that was seen last; without it, none was')
    .addHelpText(
      'after',
      `
Exit codes: 0 all was tried and rolled back, 1 something failed, got no lock or was left out, 2 the command is wrong,
3 refused for drift, 130 or 143 stopped by Ctrl-C or SIGTERM.`,
    )
    .action((flags: PlanFlags) => (flags.sql ? writeSql(flags) : rehearse(flags)));
}

async function rehearse(flags: PlanFlags): Promise<void> {
  if (flags.from !== undefined) {
    throw new CommandError('--from is for --sql: what a shop has seen is known here.');
  }
  const tenants = flags.tenant.length === 0 && !flags.all ? 'samples' : selectionOf(flags);
  const { plan } = await import('../../../migrate/plan/plan.js');
  await withMigrations(flags, async (url, build, signal) => {
    const bar = new ProgressBar('shops');
    const report = await plan(url, build, {
      tenants,
      lockTimeout: flags.lockTimeout,
      statementTimeout: flags.statementTimeout,
      whenLocked: flags.whenLocked,
      allowDrift: flags.allowDrift ?? false,
      signal,
      onProgress: (done, total) => bar.show(done, total),
    }).finally(() => bar.stop());
    printPlan(report, flags.json);
    process.exitCode = exitCode(report, signal);
  });
}

function exitCode({ platform, tenants, drift, stopped }: PlanReport, signal: AbortSignal): number {
  if (stopped === 'interrupted') {
    return exitCodeOf(signal);
  }
  if (drift.length > 0) {
    return exitCodes.drift;
  }
  return platform.failure !== undefined || tenants.failed + tenants.left > 0 ? exitCodes.incomplete : 0;
}

async function writeSql({ tenant, all, migrations, lockTimeout, from, json }: PlanFlags): Promise<void> {
  if (all || json) {
    throw new CommandError(
      '--sql connects to no database, so it knows no shops: name them by --tenant. It has no JSON.',
    );
  }
  const [{ readBuild }, { sqlScript }] = await Promise.all([
    import('../../../migrate/build.js'),
    import('../../../migrate/plan/sql-script.js'),
  ]);
  process.stdout.write(await sqlScript(await readBuild(migrations), { tenants: tenant, from, lockTimeout }));
}
