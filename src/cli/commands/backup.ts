import type { Command } from 'commander';

/** Adds `pier2 backup`, with a command for each thing that is done with archives of shops, one file each. */
export function addBackupCommand(program: Command): void {
  program.command('backup').description('Archives shops, each on its own, and brings them back.');
}
