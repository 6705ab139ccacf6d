import type { Command } from 'commander';
import { addApply } from './migrate/apply.js';
import { addBaseline } from './migrate/baseline.js';
import { addCheck } from './migrate/check.js';
import { addCompatibility } from './migrate/compatibility.js';
import { addCreate } from './migrate/create.js';
import { addDown } from './migrate/down.js';
import { addDrift } from './migrate/drift.js';
import { addLint } from './migrate/lint.js';
import { addStatus } from './migrate/status.js';
import { addSum } from './migrate/sum.js';
import { addWait } from './migrate/wait.js';

/** Adds `pier2 migrate`, with a command for each thing that is done with migrations, one file each. */
export function addMigrateCommand(program: Command): void {
  const migrate = program.command('migrate').description('Changes the schema of the platform and of all shops.');
  addCreate(migrate);
  addCheck(migrate);
  addCompatibility(migrate);
  addApply(migrate);
  addDown(migrate);
  addStatus(migrate);
  addDrift(migrate);
  addWait(migrate);
  addBaseline(migrate);
  addLint(migrate);
  addSum(migrate);
}
