import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createBackup } from '../../src/backup/create-backup.js';
import { dropReplacedSchemas } from '../../src/backup/restore/replaced-schemas.js';
import type { Storage } from '../../src/backup/storage/storage.js';
import { readBuild } from '../../src/migrate/build.js';
import { Role } from '../../src/permissions.js';
import { type Caller, signIn, startTestApp, type TestApp } from '../support/app.js';
import { differences } from '../statistics/figures.js';
import { createTestDatabase } from '../support/database.js';
import { fingerprint } from '../support/fingerprint.js';
import { connected } from '../support/server.js';
import { makeTenant, type TestTenant } from '../tenancy/tenant-fixtures.js';
import { type Backups, contentsOf, schemasOfRestores, startBackups } from './backup-fixtures.js';

jest.setTimeout(120_000);

let app: TestApp;
let backups: Backups;
let shop: TestTenant;
beforeAll(async () => {
  app = await startTestApp();
  backups = await startBackups();
  shop = await makeTenant(app, 'Lamuella', { seed: true, hosts: ['lamuella.example'] });
});
afterAll(async () => {
  await app.close();
  await backups.close();
});

/** The owner of a shop, signed in anew, as everybody has to after a restore. */
async function ownerOf(name: string, schema: string): Promise<Caller> {
  const header = { 'x-tenant': name };
  return app.caller({
    ...header,
    ...(await signIn(app.caller(header), `owner@${schema.replaceAll('_', '-')}.example`)),
  });
}

const statistics = `{ orderStatistics {
  countsByBillingZip(first: 100) { zipCode count } countsByShippingZip(first: 100) { zipCode count }
  inStorePurchasesByHour { hour count } topInStoreCustomers(first: 100) { customer { id } orderCount }
} orders { totalCount } }`;

describe('A shop that is restored', () => {
  test('is what it was, while it and others are served, and everybody signs in again', async () => {
    const before = await contentsOf(app.database.url, shop.schema);
    const shape = await fingerprint(app.database, shop.schema);
    await app.database.query(
      `insert into ${shop.schema}.account_tokens (hash, user_id, purpose, expires_at)
       select purpose, (select id from ${shop.schema}.users limit 1), purpose, now() + '1 day'
       from unnest('{ACTIVATE,RESET_PASSWORD}'::text[]) purpose`,
    );
    const { name } = await backups.create(app.database.url, shop.schema);
    const { task } = await shop.owner.change('createTask', { title: 'Sandwiches' }, 'task { id }');
    await app.database.query(`delete from ${shop.schema}.stock_levels`);
    expect(await contentsOf(app.database.url, shop.schema)).not.toEqual(before);

    // Somebody asks all the time, and is always answered: by the old tables, or that the session has ended.
    let asking = true;
    const seen: string[] = [];
    const other = (async () => {
      while (asking) {
        const { data, errors } = await shop.owner.send('{ tasks(first: 100) { nodes { id } } }');
        seen.push(
          errors
            ? errors[0]!.extensions.code
            : String(data.tasks.nodes.some(({ id }: { id: string }) => id === task.id)),
        );
        expect((await app.ask('{ orders { totalCount } }')).orders.totalCount).toBe(24);
      }
    })();
    const report = await backups.restore(app.database.url, name);
    asking = false;
    await other;
    expect(['true', 'false', 'SESSION_ENDED']).toEqual(expect.arrayContaining([...new Set(seen)]));
    let ended = '';
    while (ended !== 'SESSION_ENDED') {
      ended = (await shop.owner.send('{ me { name } }')).errors?.[0]!.extensions.code ?? '';
    }

    expect(report).toMatchObject({ outcome: 'replaced', tenant: { name: 'Lamuella', state: 'ACTIVE' }, migrated: [] });
    expect(await contentsOf(app.database.url, shop.schema)).toEqual(before);
    expect(await fingerprint(app.database, shop.schema)).toEqual(shape);
    // A link to a new password that was used since would be good once more.
    expect(await app.database.query(`select purpose from ${shop.schema}.account_tokens`)).toEqual([
      { purpose: 'ACTIVATE' },
    ]);
    const owner = await ownerOf('Lamuella', shop.schema);
    expect((await owner.ask('{ tasks(first: 100) { nodes { id } } }')).tasks.nodes).not.toContainEqual({ id: task.id });
    const { userErrors } = await owner.change('createTask', { title: 'More sandwiches' });
    expect(userErrors).toEqual([]);
    shop.owner = owner;
  });

  test('gives the same statistics', async () => {
    const before = await shop.owner.ask(statistics);
    const { name } = await backups.create(app.database.url, shop.schema);
    await app.database.query(`truncate ${shop.schema}.orders cascade`);
    expect(await shop.owner.ask(statistics)).not.toEqual(before);
    await backups.restore(app.database.url, name);
    shop.owner = await ownerOf('Lamuella', shop.schema);
    expect(await shop.owner.ask(statistics)).toEqual(before);
    expect(await differences(app.database, shop.schema)).toEqual([]);
  });

  test('keeps what it replaced for a day', async () => {
    const kept = (await schemasOfRestores(app.database.url)).filter(name => name.startsWith('pier2_replaced_'));
    expect(kept).toHaveLength(2);
    expect(await app.database.query(`select from ${kept[0]}.customers limit 1`)).toHaveLength(1);
    await connected(app.database.url, async client => {
      const ask = async (text: string, values: readonly unknown[]) => (await client.query(text, [...values])).rows;
      expect(await dropReplacedSchemas(ask)).toEqual([]);
      expect(await dropReplacedSchemas(ask, new Date(Date.now() + 25 * 60 * 60_000))).toEqual(kept);
    });
    expect(await schemasOfRestores(app.database.url)).toEqual([]);
  });

  test('drops it at once, where that is asked for', async () => {
    const { name } = await backups.create(app.database.url, shop.schema);
    expect(await backups.restore(app.database.url, name, { dropPrevious: true })).toMatchObject({ replaced: null });
    expect(await schemasOfRestores(app.database.url)).toEqual([]);
  });

  test('keeps the rights that others have on its tables', async () => {
    const reader = `${process.env['TEST_RUN']}_reader`;
    await app.database.query(`create role ${reader}`);
    await app.database.query(`grant select on ${shop.schema}.orders to ${reader}`);
    await backups.restore(app.database.url, (await backups.create(app.database.url, shop.schema)).name);
    const [right] = await app.database.query(`select has_table_privilege($1, $2, 'select') as has`, [
      reader,
      `${shop.schema}.orders`,
    ]);
    expect(right).toEqual({ has: true });
    await app.database.query(`drop owned by ${reader}`);
    await app.database.query(`drop role ${reader}`);
  });

  test('is told of in its history', async () => {
    const operator = await app.as(Role.OPERATOR);
    const { tenant } = await operator.ask(
      '{ tenant(name: "Lamuella") { history { nodes { actor action changes { field } } } } }',
    );
    expect(tenant.history.nodes).toContainEqual({
      actor: 'a test',
      action: 'UPDATED',
      changes: [{ field: 'restoredFrom' }],
    });
  });
});

describe('The default shop', () => {
  const restoreWithTheirs = async (options = {}) =>
    backups.restore(app.database.url, (await backups.create(app.database.url, 'public')).name, options);

  test('is restored beside what others have put into its schema', async () => {
    const before = await contentsOf(app.database.url, 'public');
    const { name } = await backups.create(app.database.url, 'public');
    await app.database.query('create table public.of_somebody_else (id int); create extension citext schema public');
    await app.database.query('delete from public.stock_levels');
    await backups.restore(app.database.url, name);
    const { of_somebody_else: theirs, ...after } = await contentsOf(app.database.url, 'public');
    expect(after).toEqual(before);
    expect(theirs).toMatch(/^0 rows/);
    expect(await app.database.query(`select 'A'::public.citext = 'a' as is_there`)).toEqual([{ is_there: true }]);
    await expect(restoreWithTheirs()).rejects.toThrow(/the table of_somebody_else, which its migrations do not give/);
    expect(await restoreWithTheirs({ allowDrift: true })).toMatchObject({ left: ['of_somebody_else'] });
    await app.database.query('drop table public.of_somebody_else; drop extension citext');
    expect(await contentsOf(app.database.url, 'public')).toEqual(before);
    expect((await (await app.as(Role.OWNER)).ask('{ orders { totalCount } }')).orders.totalCount).toBe(24);
  });
});

describe('An archive', () => {
  test('is of one moment, whatever is written while it is made', async () => {
    // So much that all later tables have to wait until somebody takes what was read.
    await app.database.query(
      `insert into ${shop.schema}.customers (id, first_name, last_name, email)
       select gen_random_uuid(), md5(n::text), md5((n + 1)::text), n || '@many.example' from generate_series(1, 40000) n`,
    );
    const before = await contentsOf(app.database.url, shop.schema);
    const { storage } = backups;
    const busy: Storage = {
      place: storage.place,
      write: async (name, content) => {
        await app.database.query(`delete from ${shop.schema}.stock_levels; delete from ${shop.schema}.tasks`);
        await storage.write(name, content);
      },
      read: name => storage.read(name),
      list: prefix => storage.list(prefix),
      remove: name => storage.remove(name),
      close: () => storage.close(),
    };
    const { name } = await createBackup(app.database.url, await readBuild(), shop.schema, busy, {
      keys: { recipients: [], identities: [] },
    });
    expect(await contentsOf(app.database.url, shop.schema)).not.toEqual(before);
    await backups.restore(app.database.url, name, { dropPrevious: true });
    expect(await contentsOf(app.database.url, shop.schema)).toEqual(before);
    await app.database.query(`delete from ${shop.schema}.customers where email like '%@many.example'`);
  });

  test('becomes a new shop, with another id and no host names, suspended', async () => {
    const { name } = await backups.create(app.database.url, shop.schema);
    const { tenant, outcome } = await backups.restore(app.database.url, name, { as: 'Copy of Lamuella' });
    expect([outcome, tenant]).toEqual([
      'new',
      { id: expect.any(String), name: 'Copy of Lamuella', schema: 'tenant_copy_of_lamuella', state: 'SUSPENDED' },
    ]);
    expect(await contentsOf(app.database.url, tenant.schema)).toEqual(await contentsOf(app.database.url, shop.schema));
    const operator = await app.as(Role.OPERATOR);
    const { tenant: shown } = await operator.ask('{ tenant(name: "Copy of Lamuella") { id hosts state } }');
    expect(shown).toMatchObject({ hosts: [], state: 'SUSPENDED' });
    await operator.change('resumeTenant', { id: shown.id });
    const header = { 'x-tenant': 'Copy of Lamuella' };
    const owner = app.caller({ ...header, ...(await signIn(app.caller(header), 'owner@tenant-lamuella.example')) });
    expect((await owner.ask('{ orders { totalCount } }')).orders.totalCount).toBe(24);
  });

  test('brings a shop back that was removed, suspended, with its id and host names', async () => {
    const gone = await makeTenant(app, 'Krikkit', { seed: true, hosts: ['krikkit.example'] });
    const before = await contentsOf(app.database.url, gone.schema);
    const { name } = await backups.create(app.database.url, gone.schema);
    const operator = await app.as(Role.OPERATOR);
    await operator.change('removeTenant', { id: gone.id, confirmName: 'Krikkit', archive: false }, 'removed');
    expect(await backups.restore(app.database.url, name)).toMatchObject({ outcome: 'brought back' });
    expect(await contentsOf(app.database.url, gone.schema)).toEqual(before);
    const { tenant } = await operator.ask('{ tenant(name: "Krikkit") { id state hosts history { totalCount } } }');
    expect(tenant).toMatchObject({ id: gone.id, state: 'SUSPENDED', hosts: ['krikkit.example'] });
    await operator.change('resumeTenant', { id: gone.id });
    await operator.change('removeTenant', { id: gone.id, confirmName: 'Krikkit', archive: false }, 'removed');
  });

  test('goes into another database, which is made for it', async () => {
    await app.database.query(
      `insert into platform.countries (iso2_code, iso3_code, numeric_code, name) values ('XM', 'XMG', '999', 'Magrathea')`,
    );
    await app.database.query(`update ${shop.schema}.addresses set country_code = 'XM'`);
    const { name } = await backups.create(app.database.url, shop.schema);
    const empty = await createTestDatabase('empty');
    await empty.drop();
    const report = await backups.restore(empty.url, name, { prepareDatabase: true });
    expect(report).toMatchObject({ outcome: 'brought back', tenant: { id: report.tenant.id, state: 'SUSPENDED' } });
    expect(await contentsOf(empty.url, shop.schema)).toEqual(await contentsOf(app.database.url, shop.schema));
    expect(await empty.query(`select name from platform.countries where iso2_code = 'XM'`)).toEqual([
      { name: 'Magrathea' },
    ]);
    expect(await empty.query(`select host from platform.tenant_hosts`)).toEqual([{ host: 'lamuella.example' }]);
    const ofDefault = await backups.create(app.database.url, 'public');
    expect(await backups.restore(empty.url, ofDefault.name, { prepareDatabase: true })).toMatchObject({
      outcome: 'replaced',
      replaced: null,
    });
    expect(await contentsOf(empty.url, 'public')).toEqual(await contentsOf(app.database.url, 'public'));
    await empty.drop();
  });

  test('does not replace another shop, and is no new shop of a name that is taken', async () => {
    const other = await makeTenant(app, 'Brequinda');
    const { name } = await backups.create(app.database.url, shop.schema);
    await expect(backups.restore(app.database.url, name, { tenant: 'Brequinda' })).rejects.toThrow(
      'The archive is of "Lamuella", and not of "Brequinda", whose data it would replace; make a new shop of it by --as.',
    );
    await expect(backups.restore(app.database.url, name, { tenant: 'Nobody' })).rejects.toThrow(
      'There is no shop "Nobody". The archive is of "Lamuella"; for a new shop of another name, give --as.',
    );
    await expect(backups.restore(app.database.url, name, { as: 'Brequinda' })).rejects.toThrow(
      /Another shop has the name/,
    );
    expect(await app.database.query(`select from ${other.schema}.orders`)).toEqual([]);
    expect((await schemasOfRestores(app.database.url)).filter(schema => schema.includes('restore'))).toEqual([]);
  });
});

describe('Who uses the tables at the moment of the exchange', () => {
  test('is waited for, and finishes what they began in the old ones', async () => {
    const { name } = await backups.create(app.database.url, shop.schema);
    await connected(app.database.url, async client => {
      await client.query(`begin; update ${shop.schema}.products set name = name || '!'`);
      const restoring = backups.restore(app.database.url, name);
      const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ '^(lock|alter) table'`;
      while ((await app.database.query(waits)).length === 0) {
        // It loads.
      }
      await client.query(`update ${shop.schema}.customers set first_name = first_name || '!'`);
      await client.query('commit');
      const { replaced } = await restoring;
      const areChanged = async (schema: string) => {
        const [row] = await app.database.query<{ changed: boolean }>(
          `select every(p.name like '%!') and (select every(first_name like '%!') from ${schema}.customers) as changed from ${schema}.products p`,
        );
        return row!.changed;
      };
      expect([await areChanged(shop.schema), await areChanged(replaced!)]).toEqual([false, true]);
    });
  });
});
