import type { Command } from 'commander';
import { addCommonOptions, type CommonFlags, selectionOf } from './options.js';
import { tellGroup, toJson } from './print-report.js';
import { withMigrations } from './run.js';

/** Adds `pier2 migrate drift`. */
export function addDrift(migrate: Command): void {
  const command = migrate
    .command('drift')
    .description('Compares the schemas of shops with what the migrations give that they have seen.');
  addCommonOptions(command, 'all shops, as without --tenant')
    .addHelpText('after', '\nExit codes: 0 all schemas are as the migrations give them, 1 some are not.')
    .action(async (flags: CommonFlags) => {
      const { findDrift } = await import('../../../migrate/find-drift.js');
      const groups = await withMigrations(flags, (url, build) => findDrift(url, build, selectionOf(flags)));
      if (flags.json) {
        console.log(JSON.stringify(groups.map(toJson), null, 2));
      } else {
        groups.forEach(tellGroup);
        if (groups.length === 0) {
          console.log('There are no shops whose tables stand.');
        }
      }
      process.exitCode = groups.some(({ difference }) => difference) ? 1 : 0;
    });
}
