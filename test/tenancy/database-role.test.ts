import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp, type App } from '../../src/app.js';
import { addUser } from '../../src/auth/add-user.js';
import { loadConfig } from '../../src/config.js';
import { projectFolder } from '../../src/project-folder.js';
import { migrateAndSeed } from '../../src/migrate/at-start.js';
import { Role } from '../../src/permissions.js';
import { samplePassword } from '../../seeders/sample-users.js';
import { createCaller, signIn } from '../support/app.js';
import { connected, onServer } from '../support/server.js';

/** The role and the database under names of this run, so that runs at once stay out of each other's way. */
const name = `${process.env['TEST_RUN']}_role`;
const password = "heart's desire";

let url: string;
let app: App | undefined;
beforeAll(async () => {
  const script = await readFile(`${projectFolder}/deploy/create-role.sql`, 'utf8');
  const statements = script
    .replace(/^--.*$/gm, '')
    .replaceAll('pier2', name)
    .replace(`:'password'`, `'${password.replaceAll("'", "''")}'`);
  await onServer(async client => {
    for (const statement of statements.split(';').filter(text => text.trim())) {
      await client.query(statement);
    }
  });
  const own = new URL(process.env['TEST_SERVER_URL']!);
  [own.username, own.password, own.pathname] = [name, encodeURIComponent(password), `/${name}`];
  url = own.href;
}, 60_000);
afterAll(async () => {
  await app?.close();
  await onServer(async client => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`drop role if exists ${name}`);
  });
});

describe('The role of deploy/create-role.sql', () => {
  test('is enough to migrate, to seed, to serve, and to make and remove shops', async () => {
    await migrateAndSeed(url, { seed: true, users: true });
    app = await startApp(loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: url }), url);
    const operator = { email: 'op@role.example', name: 'Op', role: Role.OPERATOR, password: samplePassword };
    await connected(url, client => addUser(client, 'platform', operator));
    const platform = createCaller(app.url, { 'x-tenant': 'platform' });
    const caller = createCaller(app.url, await signIn(platform, operator.email));
    const { tenant, userErrors } = await caller.change(
      'createTenant',
      { name: 'Krikkit', seed: true },
      'tenant { id state }',
    );
    expect([tenant?.state, userErrors]).toEqual(['ACTIVE', []]);
    const removed = await caller.change(
      'removeTenant',
      { id: tenant.id, confirmName: 'Krikkit', archive: false },
      'removed',
    );
    expect(removed).toMatchObject({ removed: true, userErrors: [] });
  }, 120_000);

  test('owns its database, and is and may nothing else on the server', async () => {
    const [role] = await onServer(async client => {
      const { rows } = await client.query(
        `select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
           (select array_agg(datname::text) from pg_database where datdba = r.oid) as owns,
           (select count(*)::int from pg_auth_members where member = r.oid) as memberships
         from pg_roles r where rolname = $1`,
        [name],
      );
      return rows;
    });
    expect(role).toEqual({
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
      owns: [name],
      memberships: 0,
    });
  });

  test.each([
    'create role zaphod',
    'create database zaphod',
    'alter role current_user superuser',
    `copy (select 1) to '/tmp/zaphod'`,
    'select * from pg_authid',
  ])('is refused: %s', async statement => {
    await expect(connected(url, client => client.query(statement))).rejects.toMatchObject({ code: '42501' });
  });
});
