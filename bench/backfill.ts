/**
 * Measures `pier2 migrate backfill` over one table of so many rows on the embedded server, in a database that is made for it and
 * dropped; without a pause between batches, so that it is the work that is measured.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/backfill.ts --rows 100000,1000000
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { withClient } from '../src/database/with-client.js';
import { migrationFolders } from '../src/migrate/files.js';
import { projectFolder } from '../src/project-folder.js';
import { measure } from './measure-command.js';
import { makeMigrationsFolder } from './migrations-folder.js';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000,1000000' } } });
const database = 'backfill';

const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const folder = await makeMigrationsFolder(
  'phone',
  name => `import { ExpandMigration, rename } from '../../src/migrate/expand/index.js';
export class ${name} extends ExpandMigration {
  override name = '${name}';
  override change = rename({ table: 'customers', from: 'telephone', to: 'phone', type: 'text' });
}
`,
);
const drop = () =>
  withClient(server.url('postgres'), client => client.query(`drop database if exists ${database} with (force)`));
try {
  for (const rows of values.rows.split(',').map(Number)) {
    await drop();
    const url = server.url(database);
    await ensureDatabase(url);
    await measure('make the tables', url, migrationFolders.tenant, 'apply');
    await withClient(url, async client => {
      await client.query(
        `insert into customers (id, telephone, first_name, last_name)
         select gen_random_uuid(), '+' || (1000000 + n), 'Ford', 'Prefect' from generate_series(1, $1::int) n`,
        [rows],
      );
      await client.query('analyze customers');
    });
    console.log(`${rows.toLocaleString('en')} rows`);
    await measure('expand', url, folder, 'apply');
    await measure('backfill', url, folder, 'backfill', '--pause', '0');
  }
} finally {
  await drop();
  await rm(folder, { recursive: true });
  await server.release();
}
