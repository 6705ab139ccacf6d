import type { Command } from 'commander';
import type { BackfillReport } from '../../../migrate/expand/backfill.js';
import { exitCodeOf } from '../../../signals.js';
import { ProgressBar } from '../../progress-bar.js';
import { addCommonOptions, type CommonFlags, selectionOf, whole } from './options.js';
import { exitCodes, shopsAtOnce, withMigrations } from './run.js';

interface BackfillFlags extends CommonFlags {
  batchSize: number;
  pause: number;
  lockTimeout: number;
  retries: number;
  replicaLag: number;
  parallel?: number;
}

/** Adds `pier2 migrate backfill`. */
export function addBackfill(migrate: Command): void {
  const command = migrate
    .command('backfill')
    .description('Fills the columns that migrations have added in place of others, in small batches.');
  addCommonOptions(command, 'all shops, as without --tenant')
    .option('--batch-size <n>', 'rows of a batch at the most; fewer when they take long', whole(1), 5000)
    .option('--pause <ms>', 'milliseconds between two batches of a table', whole(0), 50)
    .option('--lock-timeout <ms>', 'how long a batch waits for a row that somebody else has locked', whole(1), 500)
    .option('--retries <n>', 'further tries of a batch that got no lock', whole(0), 10)
    .option(
      '--replica-lag <ms>',
      'how far a replica may be behind; while one is farther, no batch is begun',
      whole(1),
      5000,
    )
    .option(
      '--parallel <n>',
      'shops at once; without it, what half of DATABASE_POOL_MAX allows, and 4 at the most',
      whole(1),
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 all is filled, 1 something failed, 2 the command is wrong, 130 or 143 stopped by Ctrl-C or SIGTERM.
Whatever stopped it, the same command goes on where it ended.`,
    )
    .action(async (flags: BackfillFlags) => {
      const tenants = selectionOf(flags);
      const { backfill } = await import('../../../migrate/expand/backfill.js');
      await withMigrations(flags, async (url, build, signal) => {
        const bar = new ProgressBar('rows');
        const report = await backfill(url, build, {
          ...flags,
          tenants,
          parallel: shopsAtOnce(flags),
          signal,
          onProgress: (rows, of) => bar.show(rows, of),
          onLag: milliseconds =>
            console.error(`A replica is ${(milliseconds / 1000).toFixed(1)} s behind, and is waited for.`),
        }).finally(() => bar.stop());
        if (flags.json) {
          console.log(JSON.stringify(report, null, 2));
        } else {
          tell(report);
        }
        process.exitCode = exitCode(report, signal);
      });
    });
}

function tell({ tables, seconds }: BackfillReport): void {
  for (const { tenant, migration, outcome } of tables) {
    if (outcome.kind === 'failed') {
      console.error(`${tenant}: ${migration}: ${outcome.reason}`);
    }
  }
  const done = tables.filter(({ outcome }) => outcome.kind === 'done').length;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  console.log(
    tables.length === 0
      ? 'All columns are filled; there is nothing to do.'
      : `${number(done)} of ${number(tables.length)} tables filled, ${number(rows)} rows gone through in ${seconds.toFixed(1)} s.`,
  );
  if (done < tables.length) {
    console.error('What is filled stays filled: give the same command again to go on.');
  }
}

function exitCode({ tables }: BackfillReport, signal: AbortSignal): number {
  if (tables.some(({ outcome }) => outcome.kind === 'interrupted')) {
    return exitCodeOf(signal);
  }
  return tables.some(({ outcome }) => outcome.kind === 'failed') ? exitCodes.incomplete : 0;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
