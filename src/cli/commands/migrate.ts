import type { Command } from 'commander';
import { addLintVerb } from './migrate/lint.js';

/** Adds `pier2 migrate`, which changes the schema: one file a verb in `migrate`. */
export function addMigrateCommand(program: Command): void {
  const migrate = program.command('migrate').description('Changes the schema.');
  addLintVerb(migrate);
}
