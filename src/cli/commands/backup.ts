import type { Command } from 'commander';
import { addList } from './backup/list.js';
import { addPrune } from './backup/prune.js';

/** Adds `pier2 backup`, with a command for each thing that is done with archives of shops, one file each. */
export function addBackupCommand(program: Command): void {
  const backup = program.command('backup').description('Archives shops, each on its own, and brings them back.');
  addList(backup);
  addPrune(backup);
}
