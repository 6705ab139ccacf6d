import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Role } from '../../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';
import { fingerprint } from '../support/fingerprint.js';
import { contentsOf, startBackups } from '../backup/backup-fixtures.js';
import { makeTenant } from './tenant-fixtures.js';

let app: TestApp;
let operator: Caller;
let archives: string;
beforeAll(async () => {
  archives = await mkdtemp(join(tmpdir(), 'pier2-archives-'));
  app = await startTestApp({ settings: { ARCHIVE_FOLDER: archives } });
  operator = await app.as(Role.OPERATOR);
});
afterAll(async () => {
  await app.close();
  await rm(archives, { recursive: true });
});

const create = (input: object) =>
  operator.change('createTenant', input, 'tenant { id name schema state hosts migration createdAt }');
const schemas = async () =>
  (
    await app.database.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname like 'tenant\\_%' order by 1`,
    )
  ).map(({ name }) => name);

describe('A shop is made', () => {
  test('with the same tables as every other, at the same migration', async () => {
    const { tenant, userErrors } = await create({ name: 'Megadodo', hosts: ['megadodo.example'] });
    expect(userErrors).toEqual([]);
    expect(tenant).toMatchObject({
      name: 'Megadodo',
      schema: 'tenant_megadodo',
      state: 'ACTIVE',
      hosts: ['megadodo.example'],
    });
    const [standing] = await app.database.query(
      `select name as migration from mikro_orm_migrations order by id desc limit 1`,
    );
    expect(tenant).toMatchObject(standing!);
    expect(await fingerprint(app.database, 'tenant_megadodo')).toEqual(await fingerprint(app.database, 'public'));
  });

  test('and is found by its name, whatever its case, and among all', async () => {
    const query = '{ tenant(name: " MEGADODO ") { name hosts } tenants(first: 100) { nodes { name hosts } } }';
    const { tenant, tenants } = await operator.ask(query);
    expect(tenant).toEqual({ name: 'Megadodo', hosts: ['megadodo.example'] });
    expect(tenants.nodes).toContainEqual(tenant);
  });

  test.each([
    ['Blåhaj & Sønner A/S', 'tenant_blahaj_sonner_a_s'],
    ['Ωμέγα', 'tenant_omega'],
    ['東京商店', /^tenant_[a-z]+$/],
    ['🧻', /^tenant_[a-z_]+$/],
    ['!!!', 'tenant_shop'],
    ['public', 'tenant_public'],
    [`Robert'); drop schema public; --`, 'tenant_robert_drop_schema_public'],
    ['x'.repeat(100), `tenant_${'x'.repeat(56)}`],
    [`${'x'.repeat(99)}y`, `tenant_${'x'.repeat(54)}_2`],
    ['Megadodo!', 'tenant_megadodo_2'],
  ])('by the name %s, with a schema that is safe', async (name, schema) => {
    const { tenant, userErrors } = await create({ name });
    expect(userErrors).toEqual([]);
    expect(tenant.name).toBe(name);
    expect(tenant.schema).toEqual(typeof schema === 'string' ? schema : expect.stringMatching(schema));
    expect(Buffer.byteLength(tenant.schema)).toBeLessThanOrEqual(63);
    expect(await schemas()).toContain(tenant.schema);
  });

  test('once, of ten who make one of the same name at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create({ name: 'Sirius', hosts: ['sirius.example'] })),
    );
    expect(answers.filter(({ tenant }) => tenant)).toHaveLength(1);
    const codes = answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(new Set(codes)).toEqual(new Set(['NAME_TAKEN', 'HOST_TAKEN']));
    expect((await schemas()).filter(name => name.startsWith('tenant_sirius'))).toEqual(['tenant_sirius']);
  });

  test('whole or not at all: a failure in the middle leaves nothing, and a repeat succeeds', async () => {
    const before = await schemas();
    // The last table's migration finds no place for its history.
    await app.database.query(`
      create function refuse() returns event_trigger language plpgsql as $$ begin
        if exists (select from pg_event_trigger_ddl_commands() where object_identity like 'tenant_frogstar.tasks') then
          raise exception 'no more tables'; end if; end $$;
      create event trigger refuse_tables on ddl_command_end when tag in ('CREATE TABLE') execute function refuse()`);
    const query =
      'mutation { createTenant(input: { name: "Frogstar", hosts: ["frogstar.example"] }) { tenant { id } } }';
    expect((await operator.send(query)).errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    await app.database.query('drop event trigger refuse_tables');
    expect(await schemas()).toEqual(before);
    expect((await operator.ask('{ tenant(name: "Frogstar") { id } }')).tenant).toBeNull();
    expect((await create({ name: 'Frogstar', hosts: ['frogstar.example'] })).tenant).toMatchObject({ state: 'ACTIVE' });
  });

  test.each([
    [{ name: ' ' }, 'REQUIRED', 'name'],
    [{ name: 'x'.repeat(101) }, 'TOO_LONG', 'name'],
    [{ name: 'MEGADODO' }, 'NAME_TAKEN', 'name'],
    [{ name: 'Platform' }, 'NAME_TAKEN', 'name'],
    [{ name: 'a\nb' }, 'INVALID_NAME', 'name'],
    [{ name: 'Host', hosts: ['https://x.example'] }, 'INVALID_HOST', 'hosts.0'],
    [{ name: 'Host', hosts: ['x.example', 'y.example:80'] }, 'INVALID_HOST', 'hosts.1'],
    [{ name: 'Host', hosts: ['127.0.0.1'] }, 'INVALID_HOST', 'hosts.0'],
    [{ name: 'Host', hosts: ['Megadodo.example'] }, 'HOST_TAKEN', 'hosts.0'],
    [{ name: 'Host', hosts: Array(21).fill('x.example') }, 'TOO_MANY', 'hosts'],
  ])('not from %j', async (input, code, field) => {
    const before = await schemas();
    const { tenant, userErrors } = await create(input);
    expect([tenant, userErrors]).toMatchObject([null, [{ code, field }]]);
    expect(await schemas()).toEqual(before);
  });
});

describe('A shop is removed', () => {
  test('after an archive was written, from which all of it comes back', async () => {
    const shop = await makeTenant(app, 'Lamuella', { seed: true, hosts: ['lamuella.example'] });
    const hostile = `tab\there, back\\slash, "quote", 'quote', \\., new\nline and 🥪`;
    await shop.owner.change('createTask', { title: 'Sandwiches', text: hostile });
    const [before, shape] = [
      await contentsOf(app.database.url, shop.schema),
      await fingerprint(app.database, shop.schema),
    ];
    const { archive, removed, userErrors } = await operator.change(
      'removeTenant',
      { id: shop.id, confirmName: 'Lamuella' },
      'removed archive',
    );
    expect([removed, userErrors]).toEqual([true, []]);
    expect(await schemas()).not.toContain(shop.schema);
    expect((await operator.ask('{ tenant(name: "Lamuella") { id } }')).tenant).toBeNull();
    expect(archive).toMatch(/\/tenant_lamuella\/[^/]+\.tar\.zst$/);

    const elsewhere = await createTestDatabase('empty');
    const backups = await startBackups();
    await backups.restore(elsewhere.url, createReadStream(archive));
    await backups.close();
    expect(await contentsOf(elsewhere.url, shop.schema)).toEqual(before);
    expect(await fingerprint(elsewhere, shop.schema)).toEqual(shape);
    expect(await elsewhere.query(`select name, schema, state from platform.tenants where name = 'Lamuella'`)).toEqual([
      { name: 'Lamuella', schema: shop.schema, state: 'SUSPENDED' },
    ]);
    await elsewhere.drop();
  }, 60_000);

  test('without an archive, when that is asked for', async () => {
    const { id } = await makeTenant(app, 'Krikkit');
    const files = await readdir(archives, { recursive: true });
    const removed = await operator.change(
      'removeTenant',
      { id, confirmName: 'Krikkit', archive: false },
      'removed archive',
    );
    expect(removed).toEqual({ removed: true, archive: null, userErrors: [] });
    expect(await readdir(archives, { recursive: true })).toEqual(files);
  });

  test('not without its name, not the default one, and not one that there is not', async () => {
    const { id, schema } = await makeTenant(app, 'Brequinda');
    const remove = (input: object) => operator.change('removeTenant', { archive: false, ...input }, 'removed');
    expect(await remove({ id, confirmName: 'brequinda' })).toMatchObject({
      removed: null,
      userErrors: [{ code: 'CONFIRMATION_REQUIRED', field: 'confirmName' }],
    });
    expect(await schemas()).toContain(schema);
    const { tenant } = await operator.ask('{ tenant(name: "default") { id } }');
    expect((await remove({ id: tenant.id, confirmName: 'default' })).userErrors).toMatchObject([
      { code: 'DEFAULT_TENANT' },
    ]);
    const unknown = 'Tenant_00000000-0000-7000-8000-000000000000';
    expect((await remove({ id: unknown, confirmName: 'x' })).userErrors).toMatchObject([{ code: 'UNKNOWN_TENANT' }]);
  });

  test('not when its archive cannot be written: then it is suspended, and all of it stays', async () => {
    const file = join(archives, 'no-folder');
    await writeFile(file, '');
    const strict = await startTestApp({ settings: { ARCHIVE_FOLDER: file } });
    const shop = await makeTenant(strict, 'Bartledan');
    const query = `mutation { removeTenant(input: { id: "${shop.id}", confirmName: "Bartledan" }) { removed } }`;
    const { errors } = await (await strict.as(Role.OPERATOR)).send(query);
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await strict.database.query(`select state from platform.tenants where name = 'Bartledan'`)).toEqual([
      { state: 'SUSPENDED' },
    ]);
    expect(await strict.database.query(`select from ${shop.schema}.orders`)).toEqual([]);
    await strict.close();
  }, 60_000);
});

describe('Somebody who registers a shop', () => {
  const owner = { name: 'Eddie', email: 'eddie@sirius.example' };
  const register = (input: object, caller = app.caller()) =>
    caller.change('registerTenant', input, 'registration { id name state }');

  test('gets it in the background, and a mail to become its owner', async () => {
    const { registration, userErrors } = await register({ companyName: 'Vogsphere Ltd.', owner });
    expect([registration, userErrors]).toEqual([
      { id: expect.any(String), name: 'Vogsphere Ltd.', state: 'PROVISIONING' },
      [],
    ]);
    const query = 'query ($id: ID!) { tenantRegistration(id: $id) { state } }';
    let state = '';
    while (state !== 'ACTIVE') {
      state = (await app.caller().ask(query, { id: registration.id })).tenantRegistration.state;
    }
    const [mail] = await app.database.query<{ body: string }>(`select body from platform.mails where recipient = $1`, [
      owner.email,
    ]);
    const [, link] = /(https?:\S+)/.exec(mail!.body)!;
    const { searchParams } = new URL(link!);
    expect(searchParams.get('tenant')).toBe('Vogsphere Ltd.');
    const shop = app.caller({ 'x-tenant': searchParams.get('tenant')! });
    const input = { token: searchParams.get('token'), password: 'poetry-appreciation' };
    const { accessToken, user } = await shop.change('activate', input, 'accessToken user { role name }');
    expect(user).toEqual({ role: 'OWNER', name: 'Eddie' });
    const { orders } = await app.caller({ authorization: `Bearer ${accessToken}` }).ask('{ orders { totalCount } }');
    expect(orders.totalCount).toBe(0);
  }, 60_000);

  test.each([
    [{ companyName: 'default', owner }, [{ code: 'NAME_TAKEN', field: 'companyName' }]],
    [
      { companyName: ' ', owner: { name: '', email: 'x', language: 'english!', timeZone: 'Mars' } },
      [
        { code: 'INVALID_EMAIL', field: 'owner.email' },
        { code: 'REQUIRED', field: 'owner.name' },
        { code: 'UNKNOWN_TIME_ZONE', field: 'owner.timeZone' },
        { code: 'INVALID_LANGUAGE', field: 'owner.language' },
        { code: 'REQUIRED', field: 'companyName' },
      ],
    ],
  ])('is told all that is wrong with %j', async (input, problems) => {
    const { registration, userErrors } = await register(input);
    expect([registration, userErrors]).toMatchObject([null, problems]);
  });

  test('is mailed five times in an hour at the most, from wherever it is asked', async () => {
    const open = await startTestApp();
    expect((await register({ companyName: 'Arcturus', owner }, open.caller())).userErrors).toEqual([]);
    await open.database.query('update platform.throttles set attempts = 5');
    const again = { companyName: 'Aldebaran', owner: { ...owner, email: ' EDDIE@Sirius.example' } };
    const { registration, userErrors } = await register(again, open.caller());
    expect([registration, userErrors]).toMatchObject([null, [{ code: 'TOO_MANY_ATTEMPTS', field: null }]]);
    const other = { companyName: 'Aldebaran', owner: { ...owner, email: 'marvin@sirius.example' } };
    expect((await register(other, open.caller())).userErrors).toEqual([]);
    await open.close();
  }, 60_000);

  test('is refused after ten times in an hour from one address, and where the installation is closed', async () => {
    const open = await startTestApp();
    const codes: string[] = [];
    for (let number = 0; number < 11; number += 1) {
      const { userErrors } = await register({ companyName: 'default', owner }, open.caller());
      codes.push(userErrors[0]!.code);
    }
    expect(codes).toEqual([...Array(10).fill('NAME_TAKEN'), 'TOO_MANY_ATTEMPTS']);
    await open.close();
    const closed = await startTestApp({ settings: { OPEN_REGISTRATION: 'false' } });
    expect((await register({ companyName: 'Shop', owner }, closed.caller())).userErrors).toMatchObject([
      { code: 'REGISTRATION_CLOSED' },
    ]);
    await closed.close();
  });
});
