import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decidedTables } from '../../src/backup/clone/table-plan.js';
import { place } from '../orders/order-fixtures.js';
import { createCaller, signIn, startTestApp, type Caller, type TestApp } from '../support/app.js';
import { removeFiles } from '../support/bulk.js';
import { fingerprint } from '../support/fingerprint.js';
import { endPrograms, run } from '../support/process.js';
import { connected } from '../support/server.js';
import { differences } from '../statistics/figures.js';
import { addOwner } from '../tenancy/tenant-fixtures.js';
import { type Cloner, fillShop, mark, startCloner } from './clone-fixtures.js';

let app: TestApp;
let cloner: Cloner;
/** The schemas of a clone and of one that is anonymised. */
let copy: string;
let masked: string;
let figuresOfShop: object;
/** What stood in the shop and in both clones when they were made; tests go on and write to all. */
const made: Record<string, Record<string, { all: string; kept: string }>> = {};

beforeAll(async () => {
  app = await startTestApp();
  await fillShop(app);
  await app.database.query(`select setval('public.mikro_orm_migrations_id_seq', 42)`);
  cloner = await startCloner(app.database);
  ({ schema: copy } = await cloner.clone('default', { name: 'Copy', hosts: ['copy.example'] }));
  ({ schema: masked } = await cloner.clone('default', { name: 'Masked', anonymise: true }));
  figuresOfShop = await app.ask(figures);
  for (const schema of ['public', copy, masked]) {
    made[schema] = {};
    for (const table of await tablesOf('public')) {
      const names = (personal as Record<string, string[]>)[table] ?? [];
      const kept = await textOf(schema, table, `to_jsonb(t) - '{${names.join(',')}}'::text[]`);
      made[schema][table] = { all: await textOf(schema, table), kept };
    }
  }
}, 120_000);
afterEach(endPrograms);
afterAll(async () => {
  await cloner?.close();
  await removeFiles();
  await app.close();
});

/** The columns that say something of a person. */
const personal = {
  addresses: ['line1', 'line2'],
  customers: ['email', 'telephone', 'first_name', 'last_name'],
  orders: ['cancel_reason'],
  tasks: ['title', 'text', 'tags'],
  users: ['email', 'name', 'password_hash'],
  history: ['actor', 'changes'],
};

/** What a clone begins without. */
const leftOut = ['account_tokens', 'idempotency_keys', 'refresh_tokens', 'sessions', 'webhook_deliveries', 'webhooks'];

async function tablesOf(schema: string): Promise<string[]> {
  const rows = await app.database.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1 order by 1',
    [schema],
  );
  return rows.map(({ name }) => name);
}

/** The rows of a table as text, in an order of their own; without columns that are told apart from row to row. */
async function textOf(schema: string, table: string, columns = 't'): Promise<string> {
  const [row] = await app.database.query<{ text: string }>(
    `select coalesce(string_agg(r, E'\\n' order by r collate "C"), '') as text
     from (select (${columns})::text as r from ${schema}.${table} t) rows`,
  );
  return row!.text;
}

const as = async (tenant: string, email: string): Promise<Caller> => {
  const headers = { 'x-tenant': tenant };
  return createCaller(app.url, { ...headers, ...(await signIn(createCaller(app.url, headers), email)) });
};

const figures = `{ orderStatistics {
  countsByBillingZip(first: 100) { zipCode count } countsByShippingZip(first: 100) { zipCode count }
  topInStoreCustomers(first: 100) { customer { id } orderCount } inStorePurchasesByHour { hour count } }
  orders { totalCount nodes { id placedAt status total { amount currencyCode } items { productName quantity } customer { id } } } }`;

describe('A clone', () => {
  test('has the rows of the shop, but for what only the shop itself may have', async () => {
    for (const table of await tablesOf('public')) {
      const { all } = made['public']![table]!;
      // What of the figures of orders is folded in already is chance.
      expect([table, all !== '' || /figure|times/.test(table)]).toEqual([table, true]);
      expect([table, made[copy]![table]!.all === (leftOut.includes(table) ? '' : all)]).toEqual([table, true]);
    }
  });

  test('has the same tables, constraints, indexes, triggers and functions', async () => {
    expect(await fingerprint(app.database, copy)).toEqual(await fingerprint(app.database, 'public'));
    expect(await fingerprint(app.database, masked)).toEqual(await fingerprint(app.database, 'public'));
    expect(await app.database.query(`select nspname from pg_namespace where nspname like 'pier2%'`)).toEqual([]);
  });

  test('goes on with its sequences where those of the shop are', async () => {
    const next = (schema: string) => app.database.query(`select nextval('${schema}.mikro_orm_migrations_id_seq')`);
    expect(await next(copy)).toEqual(await next('public'));
  });

  test('is a shop of its own, with a name, hosts and a history', async () => {
    const [made] = await app.database.query(
      `select t.state, t.migration, (select array_agg(host) from platform.tenant_hosts where tenant_id = t.id) as hosts,
         (select array_agg(h.actor || ' ' || h.action) from platform.history h where h.subject = t.id) as history,
         (select c -> 'after' from platform.history h, jsonb_array_elements(h.changes) c where h.subject = t.id and c ->> 'field' = 'clonedFrom') as source
       from platform.tenants t where name = 'Copy'`,
    );
    const [{ migration }] = (await app.database.query(
      `select name as migration from public.mikro_orm_migrations order by id desc limit 1`,
    )) as [{ migration: string }];
    expect(made).toEqual({
      state: 'ACTIVE',
      migration,
      hosts: ['copy.example'],
      history: ['pier2 tenants CREATED'],
      source: 'default',
    });
  });

  test('is served: the same people sign in, see the same orders and figures, and go on', async () => {
    const owner = await as('Copy', 'owner@pier2.example');
    expect(await owner.ask(figures)).toEqual(figuresOfShop);
    expect(await differences(app.database, copy)).toEqual([]);
    const { webhooks } = await owner.ask('{ webhooks { nodes { id } } }');
    expect(webhooks.nodes).toEqual([]);
    await place({ ...app, ...owner });
    expect(await differences(app.database, copy)).toEqual([]);
    const sold = `select s.reserved from ${copy}.stock_levels s join public.stock_levels p using (id) where s.reserved <> p.reserved`;
    expect(await app.database.query(sold)).toHaveLength(1);
  });

  test('is of one moment, made while others write to the shop, and holds nobody up', async () => {
    await connected(app.database.url, writer =>
      connected(app.database.url, async blocker => {
        await writer.query(`begin; update stores set name = name || ' (closed)'`);
        // Has the clone wait at its beginning, for whoever takes the host name first.
        await blocker.query(`begin; insert into platform.tenant_hosts (host, tenant_id)
          select 'meanwhile.example', id from platform.tenants limit 1`);
        const cloned = cloner.clone('default', { name: 'Meanwhile', hosts: ['meanwhile.example'] });
        await untilSomebodyWaits('true');
        await place(app);
        // And once more when all is copied, and nothing is committed yet.
        await blocker.query('rollback; begin; lock table platform.backfills in access exclusive mode');
        await untilSomebodyWaits();
        await place(app);
        await writer.query('commit');
        expect(await existing('Meanwhile')).toEqual([]);
        await blocker.query('commit');
        const { schema } = await cloned;
        expect(await app.database.query(`select from ${schema}.stores where name ~ 'closed'`)).toEqual([]);
        const [counts] = await app.database.query<{ clone: number; shop: number }>(
          `select (select count(*)::int from ${schema}.orders) as clone, (select count(*)::int from public.orders) as shop`,
        );
        expect(counts!.shop).toBe(counts!.clone + 2);
      }),
    );
  }, 60_000);

  test('is of rows that are not filled yet what the shop is', async () => {
    const [tenant] = await app.database.query<{ id: string }>(
      `select id from platform.tenants where schema = 'public'`,
    );
    await app.database.query(
      `insert into platform.backfills (tenant_id, migration, position, rows_seen) values ($1, 'Migration1', '{a}', 7)`,
      [tenant!.id],
    );
    const { id } = await cloner.clone('default', { name: 'Half filled' });
    expect(
      await app.database.query(
        'select migration, position, rows_seen::int from platform.backfills where tenant_id = $1',
        [id],
      ),
    ).toEqual([{ migration: 'Migration1', position: ['a'], rows_seen: 7 }]);
    await app.database.query('delete from platform.backfills');
  });
});

/** Waits until a lock is waited for: on a table, or by a condition on the rows of pg_locks. */
async function untilSomebodyWaits(condition = `relation = 'platform.backfills'::regclass`): Promise<void> {
  for (;;) {
    const waiting = await app.database.query(
      `select from pg_locks l join pg_stat_activity a using (pid) where not granted and a.datname = current_database() and ${condition}`,
    );
    if (waiting.length > 0) {
      return;
    }
    await sleep(20);
  }
}

describe('An anonymised clone', () => {
  const columns = Object.entries(personal)
    .filter(([table]) => table !== 'history')
    .flatMap(([table, names]) => names.map(name => [table, name] as const));

  test('has nowhere what was marked as personal', async () => {
    for (const table of await tablesOf(masked)) {
      expect([table, new RegExp(mark, 'i').test(await textOf(masked, table))]).toEqual([table, false]);
    }
    expect(await textOf('public', 'history')).toMatch(mark);
  });

  test('has nowhere a value of a person, neither in its place nor in a history', async () => {
    const values = new Set<string>();
    for (const [table, column] of columns) {
      const found = await app.database.query<{ value: string }>(
        `select distinct ${column}::text as value from public.${table} where length(${column}::text) >= 8 and ${column}::text <> '(erased)'`,
      );
      found.forEach(({ value }) => values.add(value));
    }
    expect(values.size).toBeGreaterThan(60);
    for (const table of Object.keys(personal)) {
      const text = await textOf(masked, table, `to_jsonb(t) - '{city,state,zip_code}'::text[]`);
      const lower = text.toLowerCase();
      const found = [...values].filter(value => lower.includes(JSON.stringify(value).slice(1, -1).toLowerCase()));
      expect([table, found]).toEqual([table, []]);
    }
  });

  test.each(columns)('has another value in each row’s %s.%s, and none where there was none', async (table, column) => {
    const blank = (alias: string) => `btrim(coalesce(${alias}.${column}::text, '')) in ('', '{}')`;
    const same = await app.database.query(
      `select o.${column} as before, c.${column} as after from public.${table} o join ${masked}.${table} c using (id)
       where (lower(o.${column}::text) = lower(c.${column}::text) and not ${blank('o')}) or (${blank('o')} <> ${blank('c')} and '${column}' <> 'password_hash')`,
    );
    expect(same).toEqual([]);
  });

  test('has one new value for each old one, wherever it stood', async () => {
    const named = (schema: string) =>
      app.database.query(
        `select h.id, h.actor = u.name as same from ${schema}.history h join ${schema}.users u on u.id = h.user_id`,
      );
    const ofMasked = await named(masked);
    expect(ofMasked.length).toBeGreaterThan(10);
    expect(await named('public')).toEqual(expect.arrayContaining(ofMasked));
    // Two names may become one, so what was different may be the same, and never the other way round.
    const repeated = (schema: string) =>
      app.database.query<{ id: string; field: string }>(
        `select h.id, c ->> 'field' as field
         from ${schema}.history h join ${schema}.customers p on p.id = h.subject, jsonb_array_elements(h.changes) c
         where c ->> 'after' = case c ->> 'field' when 'email' then p.email when 'telephone' then p.telephone
           when 'firstName' then p.first_name when 'lastName' then p.last_name end`,
      );
    const shown = await repeated('public');
    expect(new Set(shown.map(({ field }) => field)).size).toBe(4);
    expect(await repeated(masked)).toEqual(expect.arrayContaining(shown));
    const addresses = (schema: string) =>
      app.database.query(
        `select h.id, a ->> 'line1' = (select line1 from ${schema}.addresses x where x.id = (a ->> 'id')::uuid) as line1,
           a - '{line1,line2}'::text[] as others
         from ${schema}.history h, jsonb_array_elements(h.changes) c, jsonb_array_elements(nullif(c -> 'after', 'null')) a
         where c ->> 'field' = 'addresses' order by 1, 2, 3`,
      );
    expect((await addresses('public')).length).toBeGreaterThan(0);
    expect(await addresses(masked)).toEqual(await addresses('public'));
  });

  test('has people with the names and contacts that people have, who nobody is', async () => {
    const customers = await app.database.query<Record<string, string | null>>(
      `select email, telephone, first_name, last_name from ${masked}.customers where erased_at is null`,
    );
    for (const { email, telephone, first_name, last_name } of customers) {
      expect(email ?? 'a.b@example.com').toMatch(/^[a-z.0-9]+@example\.com$/);
      expect(telephone ?? '+999 1111 1111 1111 1111').toMatch(/^\+999( \d{4}){4}$/);
      expect(`${first_name} ${last_name}`).toMatch(/^([A-Z][a-z]+)? ([A-Z][a-z]+)?$/);
    }
  });

  test('has the rows, figures, times, money and relations of the shop', async () => {
    for (const table of await tablesOf('public')) {
      expect([table, made[masked]![table]!.kept === made[copy]![table]!.kept]).toEqual([table, true]);
    }
    expect(await differences(app.database, masked)).toEqual([]);
  });

  test('is served to an owner of its own, by the new values, and to nobody by a password of the shop', async () => {
    const owner = await addOwner(app, 'Masked', masked);
    const [customer] = await app.database.query<{ email: string; first_name: string; last_name: string }>(
      `select email, first_name, last_name from ${masked}.customers c join ${masked}.orders o on o.customer_id = c.id where email is not null limit 1`,
    );
    const found = await owner.ask(
      `query ($contact: String!) { customerByContact(contact: $contact) { firstName lastName orders { totalCount } } }`,
      { contact: customer!.email.toUpperCase() },
    );
    expect(found.customerByContact).toMatchObject({ firstName: customer!.first_name, lastName: customer!.last_name });
    expect(await owner.ask(figures)).toEqual(figuresOfShop);
    const old = await createCaller(app.url, { 'x-tenant': 'Masked' }).change('login', {
      email: 'owner@pier2.example',
      password: 'dont-panic-42',
    });
    expect(old.userErrors[0]!.code).toBe('INVALID_CREDENTIALS');
  });

  test('has other values than another clone of the same shop, since the key of each is thrown away', async () => {
    const { schema } = await cloner.clone('default', { name: 'Masked too', anonymise: true });
    const [same] = await app.database.query<{ same: number }>(
      `select count(*)::int as same from ${masked}.customers a join ${schema}.customers b on a.email = b.email`,
    );
    expect(same).toEqual({ same: 0 });
  });
});

describe('What a clone makes of each table and column is decided', () => {
  test('for all tables of a shop', async () => {
    const decided = decidedTables(cloner.metadata);
    const columns = await app.database.query<{ table: string; column: string }>(
      `select table_name as table, column_name as column from information_schema.columns
       where table_schema = 'public' and is_generated = 'NEVER' and table_name in (select tablename from pg_tables)
         and table_name <> 'mikro_orm_migrations'`,
    );
    const undecided = columns.filter(({ table, column }) => {
      const decision = decided.get(table);
      return !decision || !('leftOut' in decision || decision.columns.has(column));
    });
    expect(undecided).toEqual([]);
    expect([...decided].flatMap(([table, decision]) => ('leftOut' in decision ? [table] : [])).sort()).toEqual(leftOut);
  });

  test('for all tables of the platform, of which a clone gets a row of the registry and notes of backfills', async () => {
    expect(await tablesOf('platform')).toEqual([
      // The operators' own: who signs in to the platform, and what was done to shops.
      'account_tokens',
      'backfills',
      // Shared by all shops.
      'countries',
      // The operators' own; the clone's begins with its making.
      'history',
      // Of processes.
      'instances',
      // Mails of the shop are sent by the shop, so a clone has none.
      'mails',
      // Of runs and builds.
      'migration_runs',
      'mikro_orm_migrations',
      'refresh_tokens',
      'schema_fingerprints',
      'sessions',
      // A host name leads to one shop.
      'tenant_hosts',
      // Made with the next migration of the clone.
      'tenant_migrations',
      'tenants',
      // Of people and addresses all over the platform.
      'throttles',
      'users',
    ]);
    expect(
      await app.database.query(
        'select from platform.mails m join platform.tenants t using (schema) where t.name = $1',
        ['Copy'],
      ),
    ).toEqual([]);
  });
});

/** Runs the command on the database of the tests. */
function command(...args: string[]) {
  return run(process.execPath, ['src/cli/pier2-command.js', 'tenants', 'clone', ...args], {
    DATABASE_URL: app.database.url,
    MIGRATE: 'false',
  });
}

const existing = (name: string) =>
  app.database.query('select state from platform.tenants t join pg_namespace on nspname = t.schema where name = $1', [
    name,
  ]);

describe('pier2 tenants clone', () => {
  test('clones a shop, and tells what it made and how to get in', async () => {
    const program = command('Masked', 'From here', '--anonymise', '--host', 'here.example');
    expect(await program.ends()).toBe(0);
    expect(program.output()).toMatch(
      /^Cloned and anonymised Masked as From here in the schema tenant_from_here: [\d,]+ rows\.\nNobody knows a password there; "npx pier2 users create-owner --tenant "From here"" makes an owner\.\n$/,
    );
    const again = command('from HERE', 'And on', '--json');
    expect(await again.ends()).toBe(0);
    expect(JSON.parse(again.output())).toMatchObject({
      name: 'And on',
      schema: 'tenant_and_on',
      state: 'ACTIVE',
      hosts: [],
      clonedFrom: 'From here',
      anonymised: false,
      rows: expect.any(Number),
    });
  }, 60_000);

  test('says what is wrong in a sentence', async () => {
    const program = command('Nobody', 'x');
    expect([await program.ends(), program.output()]).toEqual([
      1,
      'There is no shop "Nobody"; "pier2 tenants list" shows those that there are.\n',
    ]);
  });

  test('leaves nothing when it is killed, and can be run again', async () => {
    await connected(app.database.url, async blocker => {
      await blocker.query('begin; lock table platform.backfills in access exclusive mode');
      const program = command('default', 'Killed', '--host', 'killed.example', '--anonymise');
      await untilSomebodyWaits();
      process.kill(-program.process.pid!, 'SIGKILL');
      await program.ends();
      await blocker.query('commit');
    });
    expect(await existing('Killed')).toEqual([]);
    const again = command('default', 'Killed', '--host', 'killed.example', '--anonymise');
    expect(await again.ends()).toBe(0);
    expect(await existing('Killed')).toEqual([{ state: 'ACTIVE' }]);
    expect(await app.database.query(`select nspname from pg_namespace where nspname ~ 'killed'`)).toHaveLength(1);
  }, 60_000);

  test('stops at Ctrl-C, with nothing made', async () => {
    await connected(app.database.url, async blocker => {
      // The clone waits for whoever takes the host name first.
      await blocker.query('begin');
      await blocker.query(
        `insert into platform.tenant_hosts (host, tenant_id) select 'stopped.example', id from platform.tenants limit 1`,
      );
      const program = command('default', 'Stopped', '--host', 'stopped.example');
      await untilSomebodyWaits('true');
      process.kill(-program.process.pid!, 'SIGINT');
      await blocker.query('rollback');
      expect([await program.ends(), program.output()]).toEqual([130, 'Stopped; nothing of Stopped was made.\n']);
    });
    expect(await existing('Stopped')).toEqual([]);
  }, 60_000);
});

describe('A shop is not cloned under', () => {
  test.each([
    ['a name that another has', { name: 'copy', hosts: [] }, 'Another shop has the name "copy"; choose another.'],
    ['no name', { name: ' ', hosts: [] }, 'name is empty; give it.'],
    [
      'wrong hosts',
      { name: 'Never', hosts: ['copy.example', 'a b'] },
      '"a b" is no host name; give one such as shop.example, without https:// and a port. copy.example leads to another shop already.',
    ],
  ])('%s', async (_case, options, sentence) => {
    await expect(cloner.clone('default', options)).rejects.toThrow(sentence);
  });
});

describe('A shop is not cloned', () => {
  const id = '(select id from platform.tenants where schema = $$public$$)';

  test.each([
    [
      'that is being removed',
      `update platform.tenants set state = 'REMOVING' where id = ${id}`,
      `update platform.tenants set state = 'ACTIVE' where id = ${id}`,
      'The shop "default" is being removed; try again when that is done.',
    ],
    [
      'that waits for migrations',
      `update public.mikro_orm_migrations set name = 'x' || name where name ~ 'statistics'`,
      `update public.mikro_orm_migrations set name = substr(name, 2) where name ~ '^x'`,
      /^"default" lacks Migration\d+_statistics; run "npx pier2 migrate apply --tenant "default"" first\.$/,
    ],
    [
      'that has seen migrations of a newer version',
      `insert into public.mikro_orm_migrations (name) values ('Migration29991231235959_later')`,
      `delete from public.mikro_orm_migrations where name ~ 'later'`,
      '"default" has seen Migration29991231235959_later, which this version of Pier 2 does not have; clone it with the version that has it.',
    ],
    [
      'that has a column which would be lost',
      `alter table public.stores add column opened date`,
      `alter table public.stores drop column opened`,
      '"default" has the column stores.opened of the type date, which no migration makes; "npx pier2 migrate drift --tenant "default"" tells all that differs.',
    ],
  ])('%s', async (_case, spoil, mend, sentence) => {
    await app.database.query(spoil);
    try {
      await expect(cloner.clone('default', { name: 'Never' })).rejects.toThrow(sentence);
      expect(await existing('Never')).toEqual([]);
    } finally {
      await app.database.query(mend);
    }
  });
});
