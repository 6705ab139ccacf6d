/**
 * Measures `pier2 migrate` over many tenants of the real tables on the embedded server. The tenants are made once and kept in
 * .pier2/bench-postgres.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/migrate.ts --tenants 1000
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { projectFolder } from '../src/project-folder.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { migrationFolders } from '../src/migrate/files.js';
import { prepareFleet } from './fleet.js';
import { measure } from './measure-command.js';
import { makeMigrationsFolder } from './migrations-folder.js';

const { values } = parseArgs({
  options: { tenants: { type: 'string', default: '1000' }, parallel: { type: 'string', default: '4' } },
});
const count = Number(values.tenants);

const makeFolder = () =>
  makeMigrationsFolder(
    'small',
    name => `import { Migration } from '@mikro-orm/migrations';
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

const postgresFolder = `${projectFolder}/.pier2/bench-postgres`;
const database = `fleet_${count}`;
// To have hundreds of thousands of files on the disk for good takes longer than to make the tenants.
const maker = await acquireEmbeddedPostgres({ folder: postgresFolder, settings: { fsync: 'off' } });
try {
  await ensureDatabase(maker.url(database));
  await prepareFleet(maker.url(database), count);
} finally {
  await maker.release();
}
const server = await acquireEmbeddedPostgres({ folder: postgresFolder });
const url = server.url(database);
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
