import type { Command } from 'commander';

/** Adds `pier2 migrate hash`. */
export function addHash(migrate: Command): void {
  migrate
    .command('hash')
    .description('Prints what is the same for builds of the same migrations alone; it needs no database.')
    .option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build')
    .option('--json', 'write JSON to standard output')
    .addHelpText('after', '\nExit codes: 0 it is printed, 1 it cannot be, 2 the command is wrong.')
    .action(async ({ migrations, json }: { migrations?: string; json?: boolean }) => {
      const { hashOfBuild, readBuild } = await import('../../../migrate/build.js');
      const hash = await hashOfBuild(await readBuild(migrations));
      console.log(json ? JSON.stringify({ hash }) : hash);
    });
}
