import type { Command } from 'commander';
import { printTable } from '../../reports/table.js';
import { collect } from '../migrate/options.js';
import { archiveColumns, archiveHead, archiveJson } from './print-archives.js';

interface ListFlags {
  tenant: string[];
  json?: boolean;
}

/** Adds `pier2 backup list`. */
export function addList(backup: Command): void {
  backup
    .command('list')
    .description('Lists the archives of the storage, by shop and time (UTC), as their file names and sidecars tell.')
    .option('--tenant <name>', 'a shop’s alone; can be given several times', collect, [])
    .option('--json', 'write JSON to standard output')
    .action(async ({ tenant, json }: ListFlags) => {
      const [{ listArchives }, { withStorage }] = await Promise.all([
        import('../../../backup/list-archives.js'),
        import('../../with-storage.js'),
      ]);
      await withStorage(async storage => {
        const archives = await listArchives(storage, tenant.length > 0 ? { tenants: tenant } : 'all');
        if (json) {
          console.log(JSON.stringify(archives.map(archiveJson), null, 2));
        } else if (archives.length === 0) {
          console.log(`There are no archives in ${storage.place} (BACKUP_STORAGE).`);
        } else {
          printTable(archiveHead, archives.map(archiveColumns));
        }
      });
    });
}
