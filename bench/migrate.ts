/**
 * Measures `pier2 migrate` over many tenants of the real tables on the embedded server. The tenants are made once and kept in
 * .pier2/bench-postgres.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/migrate.ts --tenants 1000
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { projectFolder } from '../src/project-folder.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { withClient } from '../src/database/with-client.js';
import { migrationFiles, migrationFolders } from '../src/migrate/files.js';
import { prepareFleet } from './fleet.js';
import { measure } from './measure-command.js';

const { values } = parseArgs({
  options: { tenants: { type: 'string', default: '1000' }, parallel: { type: 'string', default: '4' } },
});
const count = Number(values.tenants);

/** A folder with the landed migrations and a small one. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(`${projectFolder}/.pier2/bench-migrations-`);
  for (const { name } of await migrationFiles(migrationFolders.tenant)) {
    await writeFile(`${folder}/${name}.ts`, `export { ${name} } from '../../migrations/tenant/${name}.js';\n`);
  }
  const name = 'Migration20990101000000_small';
  await writeFile(
    `${folder}/${name}.ts`,
    `import { Migration } from '@mikro-orm/migrations';
export class ${name} extends Migration {
  override up(): void {
    this.addSql('alter table "stores" add "telephone" text null');
    this.addSql('create index "stores_telephone_index" on "stores" ("telephone")');
  }
  override down(): void {
    this.addSql('alter table "stores" drop "telephone"');
  }
}
`,
  );
  return folder;
}

await mkdir(`${projectFolder}/.pier2`, { recursive: true });
const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const database = `fleet_${count}`;
await withClient(server.url('postgres'), async client => {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) {
    await client.query(`create database ${database}`);
  }
});
const url = server.url(database);
await prepareFleet(url, count);
await measure('bring them to what has landed', url, migrationFolders.tenant, 'apply');
const folder = await makeFolder();
try {
  const parallel = ['--parallel', values.parallel];
  console.log(`${count.toLocaleString('en')} tenants, ${values.parallel} at once`);
  await measure('apply one small migration', url, folder, 'apply', ...parallel);
  await measure('apply again, with nothing to do', url, folder, 'apply', ...parallel);
  await measure('apply --only-changed', url, folder, 'apply', '--only-changed');
  await measure('status', url, folder, 'status');
  await measure('wait', url, folder, 'wait', '--timeout', '0');
  await measure('drift', url, folder, 'drift');
  await measure('down', url, folder, 'down', '--all', '--yes', ...parallel);
} finally {
  await rm(folder, { recursive: true });
  await server.release();
}
