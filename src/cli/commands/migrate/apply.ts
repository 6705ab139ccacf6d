import type { Command } from 'commander';
import { addRunOptions, type RunFlags } from './options.js';
import { runExitCodes, runOver } from './run.js';

/** Adds `pier2 migrate apply`. */
export function addApply(migrate: Command): void {
  const command = migrate
    .command('apply')
    .description(
      'Brings the platform and then all shops to the migrations of this build, or the shops that are named.',
    );
  addRunOptions(command, 'the last migration of shops that runs; without it, all')
    .option('--only-changed', 'do nothing when the last complete run was of the same migrations')
    .addHelpText('after', runExitCodes)
    .action(async (flags: RunFlags & { onlyChanged?: boolean }) => {
      const { apply } = await import('../../../migrate/apply.js');
      await runOver(flags, (url, build, options) =>
        apply(url, build, { ...options, to: flags.to, onlyChanged: flags.onlyChanged ?? false }),
      );
    });
}
