import type { Command } from 'commander';
import { exitCodeOf } from '../../../signals.js';
import { addCommonOptions, type CommonFlags, selectionOf, whole } from './options.js';
import { withMigrations } from './run.js';

/** Adds `pier2 migrate wait`. */
export function addWait(migrate: Command): void {
  const command = migrate
    .command('wait')
    .description('Waits until the platform and the shops have the migrations of this build.');
  addCommonOptions(command, 'all shops, as without --tenant')
    .option('--timeout <s>', 'seconds after which it gives up', whole(0), 300)
    .addHelpText(
      'after',
      '\nExit codes: 0 all migrations are there, 1 some are missing at the end of the time, 130 or 143 stopped.',
    )
    .action(async (flags: CommonFlags & { timeout: number }) => {
      const { waitForMigrations } = await import('../../../migrate/wait.js');
      const missing = await withMigrations(flags, async (url, build, signal) => {
        const options = { tenants: selectionOf(flags), timeout: flags.timeout * 1000, signal };
        const missing = await waitForMigrations(url, build, options);
        process.exitCode = missing === undefined ? 0 : signal.aborted ? exitCodeOf(signal) : 1;
        return missing;
      });
      if (flags.json) {
        console.log(JSON.stringify({ ready: missing === undefined, missing: missing ?? null }, null, 2));
      } else {
        (missing === undefined ? console.log : console.error)(missing ?? 'All migrations are there.');
      }
    });
}
