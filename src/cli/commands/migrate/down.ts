import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { CommandError } from '../../failure.js';
import { addRunOptions, type RunFlags, selectionOf } from './options.js';
import { runExitCodes, runOver } from './run.js';

/** Adds `pier2 migrate down`. */
export function addDown(migrate: Command): void {
  const command = migrate
    .command('down')
    .description('Takes the last migration of shops back, or all after one. What it had added goes with its data.');
  addRunOptions(command, 'the migration that stays as the last one, 0 for none; without it, one goes')
    .option('--yes', 'do not ask')
    .addHelpText('after', runExitCodes)
    .action(async (flags: RunFlags & { yes?: boolean }) => {
      if (selectionOf(flags) === 'all' && !flags.all) {
        throw new CommandError('Say which shops: --tenant NAME, or --all.');
      }
      if (!flags.yes && !flags.dryRun) {
        await confirm(flags);
      }
      const { down } = await import('../../../migrate/down.js');
      await runOver(flags, (url, build, options) => down(url, build, { ...options, to: flags.to }));
    });
}

/** @throws CommandError unless somebody says yes */
async function confirm({ tenant, to }: RunFlags): Promise<void> {
  const shops = tenant.length > 0 ? tenant.join(', ') : 'all shops';
  const what = `${to === undefined ? 'The last migration' : `All migrations after ${to}`} of ${shops} will be taken back, with the data of what they added`;
  if (!process.stdin.isTTY) {
    throw new CommandError(`${what}; give --yes to do that without being asked.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (!/^y(es)?$/i.test((await terminal.question(`${what}. Type yes to do that: `)).trim())) {
      throw new CommandError('Nothing was done.');
    }
  } finally {
    terminal.close();
  }
}
