import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { withClient } from '../../../database/with-client.js';
import { printTable } from '../../reports/table.js';
import { withDatabase } from '../../with-database.js';

interface Database {
  name: string;
  owner: string;
  /** In bytes; null where this account may not look. */
  size: number | null;
  /** Whether it is the one of the settings. */
  current: boolean;
}

/** Adds `pier2 backup list-databases`. */
export function addListDatabases(backup: Command): void {
  backup
    .command('list-databases')
    .description('Lists the databases of the server, with their sizes.')
    .option('--json', 'write JSON to standard output')
    .action(({ json }: { json?: boolean }) =>
      withDatabase(async ({ url }) => {
        const databases = await withClient(url, async client => {
          const { rows } = await client.query<Database>(
            `select datname as name, pg_get_userbyid(datdba) as owner, datname = current_database() as current,
               case when has_database_privilege(oid, 'connect') then pg_database_size(oid)::float8 end as size
             from pg_database where not datistemplate order by datname`,
          );
          return rows;
        });
        if (json) {
          console.log(JSON.stringify(databases, null, 2));
          return;
        }
        printTable(
          ['Database', 'Owner', 'Size', ''],
          databases.map(({ name, owner, size, current }) => [
            name,
            owner,
            size === null ? 'unknown' : prettyBytes(size),
            current ? 'this one' : '',
          ]),
        );
      }),
    );
}
