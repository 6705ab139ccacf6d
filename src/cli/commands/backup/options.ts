import type { Command } from 'commander';
import type { WhichArchives } from '../../../backup/list-archives.js';
import type { Retention } from '../../../backup/retention.js';
import { CommandError } from '../../failure.js';
import { collect, whole } from '../migrate/options.js';

/** Which shops a command is about. */
export interface TenantFlags {
  tenant: string[];
  all?: boolean;
}

/** Adds the options that say which shops. */
export function addTenantOptions(command: Command): Command {
  return command
    .option('--tenant <name>', 'a shop; can be given several times', collect, [])
    .option('--all', 'all shops');
}

/** @throws CommandError unless exactly one of both is given */
export function whichOf({ tenant, all = false }: TenantFlags): WhichArchives {
  if (tenant.length > 0 === all) {
    throw new CommandError('Say which shops: --tenant names one, and --all means all.');
  }
  return all ? 'all' : { tenants: tenant };
}

/** How many archives are kept. */
export interface RetentionFlags {
  keepLast?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
}

/** Adds the options that say which archives are kept, for {@link retentionOf}. */
export function addRetentionOptions(command: Command): Command {
  return command
    .option('--keep-last <n>', 'keep the newest n archives of each shop', whole(0))
    .option('--keep-daily <n>', 'keep the newest of each of the last n days that have any', whole(0))
    .option('--keep-weekly <n>', 'keep the newest of each of the last n weeks that have any', whole(0))
    .option('--keep-monthly <n>', 'keep the newest of each of the last n months that have any', whole(0));
}

/** What the options say; undefined where none of them keeps anything. */
export function retentionOf(flags: RetentionFlags): Retention | undefined {
  const { keepLast: last = 0, keepDaily: daily = 0, keepWeekly: weekly = 0, keepMonthly: monthly = 0 } = flags;
  return last + daily + weekly + monthly > 0 ? { last, daily, weekly, monthly } : undefined;
}
