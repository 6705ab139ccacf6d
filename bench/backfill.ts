/**
 * Measures `pier2 migrate backfill` over one table of so many rows on the embedded server, in a database that is made for it and
 * dropped; without a pause between batches, so that it is the work that is measured.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/backfill.ts --rows 100000,1000000
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { withClient } from '../src/database/with-client.js';
import { migrationFiles, migrationFolders } from '../src/migrate/files.js';
import { projectFolder } from '../src/project-folder.js';
import { measure } from './measure-command.js';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000,1000000' } } });
const database = 'backfill';

/** A folder with the landed migrations and one that renames a column. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(`${projectFolder}/.pier2/bench-migrations-`);
  for (const { name } of await migrationFiles(migrationFolders.tenant)) {
    await writeFile(`${folder}/${name}.ts`, `export { ${name} } from '../../migrations/tenant/${name}.js';\n`);
  }
  const name = 'Migration20990101000000_phone';
  await writeFile(
    `${folder}/${name}.ts`,
    `import { ExpandMigration, rename } from '../../src/migrate/expand/index.js';
export class ${name} extends ExpandMigration {
  override name = '${name}';
  override change = rename({ table: 'customers', from: 'telephone', to: 'phone', type: 'text' });
}
`,
  );
  return folder;
}

await mkdir(`${projectFolder}/.pier2`, { recursive: true });
const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const folder = await makeFolder();
const drop = () =>
  withClient(server.url('postgres'), client => client.query(`drop database if exists ${database} with (force)`));
try {
  for (const rows of values.rows.split(',').map(Number)) {
    await drop();
    await withClient(server.url('postgres'), client => client.query(`create database ${database}`));
    const url = server.url(database);
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
