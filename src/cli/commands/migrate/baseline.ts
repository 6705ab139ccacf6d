import type { Command } from 'commander';
import { withMigrations } from './run.js';

/** The shop that is there in each installation. */
const defaultShop = 'default';

/** Adds `pier2 migrate baseline`. */
export function addBaseline(migrate: Command): void {
  migrate
    .command('baseline')
    .description(
      'Notes migrations as seen without running them, for a shop whose tables are already as these make them.',
    )
    .argument('<migration>', 'the last migration that its tables are of')
    .option('--tenant <name>', 'the shop', defaultShop)
    .option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build')
    .option('--json', 'write JSON to standard output')
    .addHelpText('after', '\nExit codes: 0 the migrations are noted, 1 the tables are not as these make them.')
    .action(async (migration: string, flags: { tenant: string; migrations?: string; json?: boolean }) => {
      const { baseline } = await import('../../../migrate/baseline.js');
      const result = await withMigrations(flags, (url, build) => baseline(url, build, flags.tenant, migration));
      const { noted, difference } = result;
      if (flags.json) {
        console.log(JSON.stringify({ noted, difference: difference ?? null }, null, 2));
      } else if (difference) {
        console.error(`Nothing was noted: ${flags.tenant} ${difference.description}`);
      } else {
        console.log(`${flags.tenant} has seen ${noted.length === 0 ? 'these migrations already' : noted.join(', ')}.`);
      }
      process.exitCode = difference ? 1 : 0;
    });
}
