import { type Command, InvalidArgumentError, Option } from 'commander';
import { runDefaults } from '../../../migrate/run-defaults.js';
import type { Selection } from '../../../migrate/tenants.js';
import { CommandError } from '../../failure.js';

/** What all commands about migrations take. */
export interface CommonFlags {
  tenant: string[];
  all?: boolean;
  migrations?: string;
  json?: boolean;
}

/** Adds the options that say which tenants, by which migrations, and how it is told. */
export function addCommonOptions(command: Command, all: string): Command {
  return command
    .option('--tenant <name>', 'a shop; can be given several times', collect, [])
    .option('--all', all)
    .option('--migrations <folder>', 'another folder of the shops’ migrations than that of this build')
    .option('--json', 'write JSON to standard output');
}

/** @throws CommandError when both are given */
export function selectionOf({ tenant, all }: Pick<CommonFlags, 'tenant' | 'all'>): Selection {
  if (tenant.length > 0 && all) {
    throw new CommandError('--tenant names shops and --all means all; give one of them.');
  }
  return tenant.length > 0 ? tenant : 'all';
}

/** How a run over tenants is made, as its options say. */
export interface RunFlags extends CommonFlags {
  to?: string;
  parallel?: number;
  canary: string[];
  canaries: boolean;
  stopAfter: number;
  whenLocked: 'wait' | 'leave';
  lockTimeout: number;
  retries: number;
  statementTimeout: number;
  dryRun?: boolean;
  allowDrift?: boolean;
}

/** Adds the options of what runs over many tenants. */
export function addRunOptions(command: Command, to: string): Command {
  return addCommonOptions(command, 'all shops')
    .option('--to <migration>', to)
    .option(
      '--parallel <n>',
      'shops at once; without it, what half of DATABASE_POOL_MAX allows, and 4 at the most',
      whole(1),
    )
    .option('--canary <name>', 'a shop that comes first; can be given several times', collect, [])
    .option(
      '--no-canaries',
      'try no shops first; without this, those that show most: the smallest, the largest, the oldest and one of each form',
    )
    .option('--stop-after <n>', 'failures after which no further shop is tried', whole(1), runDefaults.stopAfter)
    .addOption(whenLockedOption())
    .option(
      '--lock-timeout <ms>',
      'how long a statement waits for a lock, at each try',
      whole(1),
      runDefaults.lockTimeout,
    )
    .option('--retries <n>', 'further tries after one that got no lock', whole(0), runDefaults.retries)
    .option(
      '--statement-timeout <ms>',
      'how long a statement may take; 0 for any time',
      whole(0),
      runDefaults.statementTimeout,
    )
    .option('--dry-run', 'change nothing, and tell what would run')
    .option('--allow-drift', 'also migrate shops whose schema is not what the migrations give');
}

/** The option that says what becomes of shops that another run migrates. */
export function whenLockedOption(): Option {
  return new Option('--when-locked <what>', 'what to do where another run migrates the same shop')
    .choices(['wait', 'leave'])
    .default(runDefaults.whenLocked);
}

/** Reads a whole number. */
export function whole(least: number): (text: string) => number {
  return text => {
    if (!/^\d+$/.test(text) || Number(text) < least) {
      throw new InvalidArgumentError(`It should be a whole number from ${least} up.`);
    }
    return Number(text);
  };
}

/** Takes in one more value of an option that can be given several times. */
export function collect(value: string, values: string[]): string[] {
  return [...values, value];
}
