import { type Command, Option } from 'commander';
import type { SchemaGroup } from '../../../migrate/drift.js';
import { exitCodeOf } from '../../../signals.js';
import { CommandError } from '../../failure.js';
import { ProgressBar } from '../../progress-bar.js';
import { tellGroup, toJson } from './print-report.js';
import { exitCodes, withMigrations } from './run.js';

interface SquashFlags {
  to?: string;
  finish?: boolean;
  dryRun?: boolean;
  migrations?: string;
  json?: boolean;
}

/** Shops that a terminal names; the others are counted. */
const shownAtMost = 20;

/** Adds `pier2 migrate squash`. */
export function addSquash(migrate: Command): void {
  migrate
    .command('squash')
    .description(
      'Puts one migration in the place of the oldest ones, when all shops have seen these and are as they make them.',
    )
    .option('--to <migration>', 'the last migration that it replaces')
    .addOption(
      new Option(
        '--finish',
        'later, when no build with the old migrations will run again: let all shops’ tables of migrations forget those',
      ).conflicts('to'),
    )
    .option('--all', 'all shops, which are always looked at')
    .option('--dry-run', 'change nothing, and tell whether it could be done')
    .option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build')
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      `
Exit codes: 0 it is done, or could be, 1 refused for shops that have not seen all, 2 the command is wrong,
3 refused for drift, 130 or 143 stopped by Ctrl-C or SIGTERM; the same command goes on.`,
    )
    .action(async (flags: SquashFlags) => {
      if (flags.finish) {
        await finish(flags);
      } else if (flags.to !== undefined) {
        await start({ ...flags, to: flags.to });
      } else {
        throw new CommandError('Say what is squashed by --to MIGRATION, or give --finish.');
      }
    });
}

async function start(flags: SquashFlags & { to: string }): Promise<void> {
  const { squash } = await import('../../../migrate/squash/squash.js');
  const report = await withMigrations(flags, (url, build) =>
    squash(url, build, { to: flags.to, dryRun: flags.dryRun ?? false }),
  );
  const isRefused = tell(report, flags.json);
  if (!isRefused && !flags.json) {
    const { migration, replaces, written } = report;
    console.log(`${migration} ${written ? 'replaces' : 'would replace'} ${replaces.join(', ')}.`);
  }
}

async function finish(flags: SquashFlags): Promise<void> {
  const { forgetReplaced } = await import('../../../migrate/squash/forget-replaced.js');
  await withMigrations(flags, async (url, build, signal) => {
    const bar = new ProgressBar('shops');
    const report = await forgetReplaced(url, build, {
      dryRun: flags.dryRun ?? false,
      signal,
      onProgress: (done, total) => bar.show(done, total),
    }).finally(() => bar.stop());
    const isRefused = tell(report, flags.json);
    if (report.interrupted) {
      process.exitCode = exitCodeOf(signal);
    }
    if (!isRefused && !flags.json) {
      const { rewritten, total } = report;
      console.log(
        `${number(rewritten)} of ${number(total)} shops ${flags.dryRun ? 'have' : 'had'} something to forget.`,
      );
    }
  });
}

/** Tells a program all, and a person why it was refused; whether it was. */
function tell(
  report: { behind: { tenant: string; migration: string }[]; drift: SchemaGroup[] },
  json: boolean | undefined,
): boolean {
  const { behind, drift } = report;
  process.exitCode = behind.length > 0 ? exitCodes.incomplete : drift.length > 0 ? exitCodes.drift : 0;
  const isRefused = behind.length + drift.length > 0;
  if (json) {
    console.log(JSON.stringify({ ...report, drift: drift.map(toJson) }, null, 2));
  } else if (isRefused) {
    behind
      .slice(0, shownAtMost)
      .forEach(({ tenant, migration }) => console.error(`${tenant} is not noted to have seen ${migration}.`));
    if (behind.length > shownAtMost) {
      console.error(`… and ${number(behind.length - shownAtMost)} more shops.`);
    }
    drift.forEach(tellGroup);
    console.error(
      behind.length > 0
        ? 'Nothing was done: bring all shops there first, by apply, or by squash --finish where an earlier squash goes on.'
        : 'Nothing was done, since these schemas are not what the migrations give.',
    );
  }
  return isRefused;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
