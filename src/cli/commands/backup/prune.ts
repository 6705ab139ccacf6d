import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { CommandError } from '../../failure.js';
import { printTable } from '../../reports/table.js';
import {
  addRetentionOptions,
  addTenantOptions,
  type RetentionFlags,
  retentionOf,
  type TenantFlags,
  whichOf,
} from './options.js';
import { archiveColumns, archiveHead, archiveJson } from './print-archives.js';

interface PruneFlags extends TenantFlags, RetentionFlags {
  dryRun?: boolean;
  json?: boolean;
}

/** Adds `pier2 backup prune`. */
export function addPrune(backup: Command): void {
  const command = backup
    .command('prune')
    .description('Removes archives that are no longer kept, of each shop by itself.');
  addRetentionOptions(addTenantOptions(command))
    .option('--dry-run', 'remove nothing, and tell what would be removed and why the others stay')
    .option('--json', 'write JSON to standard output')
    .addHelpText(
      'after',
      '\nAn archive stays that any rule keeps, and the last verified one where no other verified one stays. Days begin in UTC.',
    )
    .action(async ({ dryRun = false, json, ...flags }: PruneFlags) => {
      const which = whichOf(flags);
      const retention = retentionOf(flags);
      if (!retention) {
        throw new CommandError('Nothing would be kept; say what is, such as --keep-daily 7 --keep-weekly 4.');
      }
      const [{ prune }, { withStorage }] = await Promise.all([
        import('../../../backup/prune.js'),
        import('../../with-storage.js'),
      ]);
      const archives = await withStorage(storage => prune(storage, which, retention, { dryRun }));
      const removed = archives.filter(({ kept }) => kept.length === 0);
      if (json) {
        const told = archives.map(archive => ({ ...archiveJson(archive), removed: archive.kept.length === 0 }));
        console.log(JSON.stringify(told, null, 2));
        return;
      }
      const shown = dryRun ? archives : removed;
      if (shown.length > 0) {
        printTable(
          [...archiveHead, 'Kept as'],
          shown.map(archive => [...archiveColumns(archive), archive.kept.join(', ') || 'removed']),
        );
      }
      const bytes = removed.reduce((sum, { size }) => sum + size, 0);
      const stay = archives.length - removed.length;
      console.log(
        `${dryRun ? 'Would remove' : 'Removed'} ${removed.length} of ${archives.length} archives (${prettyBytes(bytes)}); ${stay} ${stay === 1 ? 'stays' : 'stay'}.`,
      );
    });
}
