import { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig } from '../../src/config.js';
import { projectFolder } from '../../src/project-folder.js';
import { acquireEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/index.js';
import { migrationOptions } from '../../src/database/orm.options.js';
import { tenantContext } from '../../src/migrate/tenant-migrator.js';
import { seedSampleUsers } from '../../seeders/sample-users.js';
import { DatabaseSeeder } from '../../seeders/DatabaseSeeder.js';
import { connected, dropDatabasesOfRun, onServer, templateName, urlOf, type DataSet } from './server.js';

let embedded: EmbeddedPostgres | undefined;

/**
 * Makes the databases that test files clone: one with the tables alone, one with the sample data. They stand on the
 * server of DATABASE_URL, or on an embedded one that is kept between runs and writes without waiting for the disk.
 */
export async function startRun(): Promise<void> {
  const { url } = loadConfig({ ...process.env, NODE_ENV: 'test' }).database;
  embedded = url === undefined ? await startEmbedded() : undefined;
  process.env['TEST_SERVER_URL'] = url ?? embedded!.url('postgres');
  process.env['TEST_RUN'] = `pier2_test_${process.pid}`;
  await makeTemplate('empty', async () => {});
  await makeTemplate('sample', orm => orm.seeder.seed(DatabaseSeeder));
}

/** Drops the run's databases and leaves the server. */
export async function endRun(): Promise<void> {
  await dropDatabasesOfRun();
  await embedded?.release();
}

function startEmbedded(): Promise<EmbeddedPostgres> {
  return acquireEmbeddedPostgres({
    folder: `${projectFolder}/.pier2/test-postgres`,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
}

async function makeTemplate(data: DataSet, fill: (orm: MikroORM) => Promise<unknown>): Promise<void> {
  const name = templateName(data);
  await onServer(client => client.query(`create database ${name}`));
  const orm = await MikroORM.init(migrationOptions(urlOf(name), tenantContext, { silent: true }));
  try {
    await orm.migrator.up();
    await fill(orm);
    await connected(urlOf(name), client => seedSampleUsers(client));
  } finally {
    await orm.close(true);
  }
}
