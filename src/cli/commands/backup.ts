import type { Command } from 'commander';
import { addCreate } from './backup/create.js';
import { addGenerateKey } from './backup/generate-key.js';
import { addList } from './backup/list.js';
import { addListDatabases } from './backup/list-databases.js';
import { addPrune } from './backup/prune.js';
import { addRestore } from './backup/restore.js';
import { addVerify } from './backup/verify.js';

/** Adds `pier2 backup`, with a command for each thing that is done with archives of shops, one file each. */
export function addBackupCommand(program: Command): void {
  const backup = program.command('backup').description('Archives shops, each on its own, and brings them back.');
  addCreate(backup);
  addList(backup);
  addVerify(backup);
  addRestore(backup);
  addPrune(backup);
  addListDatabases(backup);
  addGenerateKey(backup);
}
