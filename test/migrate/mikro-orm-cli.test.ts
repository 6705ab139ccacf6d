import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { projectFolder } from '../../src/project-folder.js';
import { createBareDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { fingerprint } from '../support/fingerprint.js';
import { endPrograms, run } from '../support/process.js';
import { onServer } from '../support/server.js';

/** Runs what `npx mikro-orm` runs, without the second that npx takes, and gives what it wrote, without colours. */
async function mikroOrm(settings: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const program = run('mikro-orm', args, { NO_COLOR: '1', ...settings });
  const code = await program.ends();
  if (code !== 0) {
    throw new Error(`mikro-orm ${args.join(' ')} ended with ${code}:\n${program.output()}`);
  }

  return program.output().replace(/\u001b\[\d+m/g, '');
}

afterEach(endPrograms);

describe('npx mikro-orm on DATABASE_URL', () => {
  let database: TestDatabase;
  let settings: NodeJS.ProcessEnv;

  async function use(made: Promise<TestDatabase>): Promise<void> {
    database = await made;
    settings = { DATABASE_URL: database.url };
  }
  afterEach(() => database.drop());

  test('migration:up brings the platform and the default tenant, and a second one has nothing to do', async () => {
    await use(createBareDatabase());
    const output = await mikroOrm(settings, 'migration:up');
    expect(output).toMatch(/countries[^]*retail_core/);
    expect(await mikroOrm(settings, 'migration:list')).toContain('retail_core');
    expect(await mikroOrm(settings, 'migration:pending')).toContain('No pending migrations');
    expect(await mikroOrm(settings, 'migration:up')).not.toContain('Applied');
  });

  test('migration:down and then migration:up leave the schema equal', async () => {
    await use(createTestDatabase('empty'));
    const before = await fingerprint(database, 'public');
    expect(before.length).toBeGreaterThan(50);
    await mikroOrm(settings, 'migration:down', '--to', '0');
    expect(await mikroOrm(settings, 'migration:pending')).toMatch(/retail_core[^]*write_side/);
    expect(await database.query(`select tablename from pg_tables where schemaname = 'public'`)).toEqual([
      { tablename: 'mikro_orm_migrations' },
    ]);
    expect(await database.query(`select proname from pg_proc where pronamespace = 'public'::regnamespace`)).toEqual([]);
    await mikroOrm(settings, 'migration:up');
    expect(await fingerprint(database, 'public')).toEqual(before);
  });

  test('the platform has migrations of its own, which go down and up to an equal schema', async () => {
    await use(createTestDatabase('empty'));
    const before = await fingerprint(database, 'platform');
    await mikroOrm(settings, 'migration:down', '--contextName', 'platform');
    await mikroOrm(settings, 'migration:up', '--contextName', 'platform');
    expect(await fingerprint(database, 'platform')).toEqual(before);
    expect(await database.query('select count(*)::int from platform.countries')).toEqual([{ count: 249 }]);
  });

  test('migration:check and migration:create find entities and migrations in step', async () => {
    await use(createTestDatabase('empty'));
    const files = await readdir(`${projectFolder}/migrations/tenant`);
    for (const context of ['default', 'platform']) {
      expect(await mikroOrm(settings, 'migration:check', '--contextName', context)).toContain('schema is up-to-date');
      expect(await mikroOrm(settings, 'migration:create', '--contextName', context)).toContain('No changes required');
    }
    expect(await readdir(`${projectFolder}/migrations/tenant`)).toEqual(files);
  });

  test('migration:up --schema makes a tenant’s tables in a schema of its own', async () => {
    await use(createTestDatabase('empty'));
    await mikroOrm(settings, 'migration:up', '--schema', 'heart_of_gold');
    expect(await fingerprint(database, 'heart_of_gold')).toEqual(await fingerprint(database, 'public'));
  });

  test('two runs at once do not collide, on a database that none of them made before', async () => {
    await use(createBareDatabase());
    const name = `${new URL(database.url).pathname.slice(1)}_new`;
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    const runs = await Promise.all([1, 2].map(() => mikroOrm({ DATABASE_URL: url.href }, 'migration:up')));
    expect(runs.filter(output => output.includes("Applied 'Migration20261121013815_retail_core'"))).toHaveLength(1);
    await onServer(client => client.query(`drop database ${name} with (force)`));
  });
});

describe('npx mikro-orm without DATABASE_URL', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pier2-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('starts the embedded server for the command, and stops it afterwards', async () => {
    const settings = { EMBEDDED_POSTGRES_FOLDER: join(folder, 'postgres') };
    await mikroOrm(settings, 'migration:up');
    expect(existsSync(join(folder, 'postgres/data/postmaster.pid'))).toBe(false);
    expect(await mikroOrm(settings, 'migration:list')).toContain('retail_core');
    expect(existsSync(join(folder, 'postgres/data/postmaster.pid'))).toBe(false);
  });
});
