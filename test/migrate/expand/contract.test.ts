import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newId } from '../../../src/database/new-id.js';
import { migrationFiles } from '../../../src/migrate/files.js';
import { recordMigration } from '../../../src/migrate/recorded-migration.js';
import { startTestApp } from '../../support/app.js';
import { endPrograms, run } from '../../support/process.js';
import { connected } from '../../support/server.js';
import { type Fleet, landed, schemaOf, startFleet } from '../fleet/fleet-fixtures.js';
import { addContract, addCustomers, addExpansion, changes } from './expand-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

const schema = schemaOf('arthur');
let fleet: Fleet;
let expansions: string[];
let contracts: string[];

beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford']);
  await addCustomers(fleet, schema, 10);
  await fleet.database.query(
    `insert into ${schema}.products (id, sku, name, price, currency_code, tax_rate)
     select gen_random_uuid(), 'T' || n, 'Towel ' || n, n * 0.25, 'USD', n from generate_series(1, 10) n`,
  );
  await fleet.database.query(
    `insert into ${schema}.users (id, email, name, role) select gen_random_uuid(), n || '@earth.example', 'Ford Prefect', 'CLERK' from generate_series(1, 10) n`,
  );
  expansions = [];
  for (const [words, change] of Object.entries(changes)) {
    expansions.push(await addExpansion(fleet, words, change));
  }
  expansions.sort();
  expect(await fleet.migrate('apply', '--no-canaries')).toMatchObject({ code: 0 });
  contracts = [];
  for (const expansion of expansions) {
    contracts.push(await addContract(fleet, expansion));
  }
});
afterEach(endPrograms);
afterAll(() => fleet.close());

test('Both migrations of each change are no findings', async () => {
  const files = [...expansions, ...contracts].map(name => `${fleet.folder}/${name}.ts`);
  const lint = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'lint', ...files]);
  expect([await lint.ends(), lint.output()]).toEqual([0, expect.stringContaining('Nothing to mend in 8 migrations')]);
});

describe('A contract', () => {
  const columns = async (table: string) =>
    (
      await fleet.database.query<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = '${schema}.${table}'::regclass and attnum > 0 and not attisdropped`,
      )
    ).map(({ name }) => name);

  const reasons = ({ outcomes }: { outcomes: { tenant: string; outcome: { reason?: string } }[] }) =>
    Object.fromEntries(outcomes.map(({ tenant, outcome }) => [tenant, outcome.reason]));

  /** Starts the API as it runs in production, by two processes, whose build is the one that has landed. */
  async function serve() {
    const program = run(process.execPath, ['--import', '@oxc-node/core/register', 'src/main.ts'], {
      DATABASE_URL: fleet.database.url,
      MIGRATE: 'false',
      PORT: '0',
      WORKERS: '2',
    });
    await program.sees(/Stop/);
    while ((await alive()) < 2) {
      await sleep(50);
    }
    return program;
  }

  const alive = async () =>
    (await fleet.database.query(`select from platform.instances where expires_at > clock_timestamp()`)).length;

  test('waits for the backfill of each shop, and keeps no other from it', async () => {
    const dry = await fleet.migrate('apply', '--dry-run');
    expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('waits for the backfill of') });
    const { code, json } = await fleet.migrate('apply', '--tenant', 'arthur', '--tenant', 'ford', '--json');
    expect([code, json.tenants]).toMatchObject([1, { migrated: 1, left: 1, failed: 0 }]);
    expect(reasons(json)).toEqual({
      arthur: `${contracts[0]} waits for the backfill of ${expansions[0]} ("npx pier2 migrate backfill")`,
      ford: undefined,
    });
    expect(await fleet.versions()).toMatchObject({ arthur: expansions.at(-1), ford: contracts.at(-1) });
    expect(await columns('customers')).toEqual(expect.arrayContaining(['telephone', 'phone']));
  });

  /** Runs a contract as any program may, without asking before. */
  const runItself = async (contract: string) => {
    const { up } = await recordMigration(`${fleet.folder}/${contract}.ts`);
    await connected(fleet.database.url, async client => {
      await client.query(`begin; set local search_path to ${schema}`);
      for (const { sql } of up) {
        await client.query(sql);
      }
    });
  };

  test('refuses that itself, whatever runs it', async () => {
    await expect(runItself(contracts[0]!)).rejects.toThrow(
      `arthur is not backfilled for ${expansions[0]}; run "npx pier2 migrate backfill"`,
    );
  });

  test('waits for processes of builds that do not know the new columns, and for none that was stopped', async () => {
    expect(await fleet.migrate('backfill')).toMatchObject({ code: 0 });
    const server = await serve();
    const { code, json } = await fleet.migrate('apply', '--json');
    expect([code, json.tenants]).toMatchObject([1, { migrated: 0, left: 2, failed: 0 }]);
    const reason = expect.stringMatching(
      new RegExp(
        `^${contracts[0]} waits for process \\d+ on \\S+ and 1 more to end, whose build does not know ${expansions[0]}$`,
      ),
    );
    expect(reasons(json)).toEqual({ arthur: reason, default: reason });
    await expect(runItself(contracts[0]!)).rejects.toThrow(
      new RegExp(`process \\d+ on \\S+ is of a build without ${expansions[0]}, and would miss the old column`),
    );
    expect((await fleet.migrate('status')).output).toMatch(
      new RegExp(`\n2 processes serve with build [0-9a-f]{12}, up to ${landed}\n`),
    );
    process.kill(server.process.pid!, 'SIGTERM');
    expect(await server.ends()).toBe(0);
    expect(await fleet.database.query('select from platform.instances')).toEqual([]);
  });

  test('waits for a process that was killed until its heartbeat has run out', async () => {
    const server = await serve();
    process.kill(-server.process.pid!, 'SIGKILL');
    await server.ends();
    expect((await fleet.migrate('apply', '--json')).json.tenants).toMatchObject({ migrated: 0, left: 2 });
    // As it is after half a minute, of which a test need not wait the end.
    const [beat] = await fleet.database.query<{ seconds: number }>(
      `update platform.instances set expires_at = clock_timestamp() returning extract(epoch from expires_at - seen_at)::int as seconds`,
    );
    expect(beat!.seconds).toBeLessThanOrEqual(30);
    expect(await fleet.migrate('apply', '--tenant', 'default')).toMatchObject({ code: 0 });
  });

  test('waits for none whose build knows the migration that programs have changed over with', async () => {
    const knows = (migrations: string[]) =>
      fleet.database.query(
        `insert into platform.instances (id, host, pid, build, migrations, seen_at, expires_at)
         values ('0190a0a0-0000-7000-8000-000000000000', 'heart-of-gold', 42, 'B', $1, clock_timestamp(), clock_timestamp() + interval '1 hour')
         on conflict (id) do update set migrations = excluded.migrations`,
        [migrations],
      );
    await addContract(fleet, expansions[0]!, 'Migration20990615000000_entities');
    await knows(expansions);
    expect(await fleet.migrate('apply')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/process 42 on heart-of-gold to end, whose build does not know \S+_entities/),
    });
    await addContract(fleet, expansions[0]!);
    expect(await fleet.migrate('apply', '--json')).toMatchObject({ code: 0, json: { tenants: { migrated: 1 } } });
    expect(await fleet.versions()).toMatchObject({ arthur: contracts.at(-1) });
    await fleet.database.query('delete from platform.instances');
  });

  test('leaves the new columns alone, with all values and what they hold', async () => {
    expect(await columns('customers')).not.toContain('telephone');
    expect(
      await fleet.database.query(
        `select (select count(phone)::int from ${schema}.customers) as phones,
           (select sum(list_price)::int from ${schema}.products) as prices, (select sum(vat_rate)::int from ${schema}.products) as rates,
           (select count(*)::int from ${schema}.users where (first_name, last_name) = ('Ford', 'Prefect')) as users`,
      ),
    ).toEqual([{ phones: 10, prices: 1375, rates: 55, users: 10 }]);
    // Rows that were not filled violated it.
    expect(
      await fleet.database.query(
        `select convalidated as valid from pg_constraint where conrelid = '${schema}.products'::regclass and conname = 'products_vat_rate_check'`,
      ),
    ).toEqual([{ valid: true }]);
    const [product] = await fleet.database.query<{ rate: string }>(
      `insert into ${schema}.products (id, sku, name, list_price, currency_code) values (gen_random_uuid(), 'NEW', 'New', 1, 'USD') returning vat_rate as rate`,
    );
    expect(product).toEqual({ rate: '0' });
    await expect(fleet.database.query(`update ${schema}.users set last_name = null`)).rejects.toThrow('not-null');
    expect(await fleet.database.query(`select proname from pg_proc where proname like '%\\_sync'`)).toEqual([]);
    expect((await fleet.migrate('drift')).output).not.toMatch(/ has the | lacks the /);
  });

  test('is taken back to both columns in step, and the expansion to the old one alone', async () => {
    expect(await fleet.migrate('down', '--all', '--yes', '--to', expansions.at(-1)!)).toMatchObject({ code: 0 });
    expect((await fleet.migrate('drift')).output).not.toMatch(/ has the | lacks the /);
    expect(
      await fleet.database.query(
        `select (select count(*)::int from ${schema}.customers where telephone = phone) as phones,
           (select sum(price)::text from ${schema}.products) as prices,
           (select count(*)::int from ${schema}.users where name = 'Ford Prefect') as users`,
      ),
    ).toEqual([{ phones: 10, prices: '13.76', users: 10 }]);
    await fleet.database.query(`update ${schema}.products set price = 2 where sku = 'NEW'`);
    expect(await fleet.database.query(`select list_price from ${schema}.products where sku = 'NEW'`)).toEqual([
      { list_price: '200' },
    ]);
    expect(await fleet.migrate('down', '--all', '--yes', '--to', landed)).toMatchObject({ code: 0 });
    expect(await columns('customers')).not.toContain('phone');
    expect(await fleet.database.query('select from platform.backfills')).toEqual([]);
  });
});

test('A shop that is made meanwhile needs no backfill, and waits for no process', async () => {
  const recorded = await Promise.all((await migrationFiles(fleet.folder)).map(({ path }) => recordMigration(path)));
  await connected(fleet.database.url, async client => {
    await client.query('begin');
    await client.query(
      `insert into platform.tenants (id, name, schema, state) values ('${newId()}', 'Milliways', 'tenant_milliways', 'PROVISIONING')`,
    );
    await client.query(
      `insert into platform.instances (id, host, pid, build, migrations, seen_at, expires_at)
       values ('${newId()}', 'heart-of-gold', 42, 'B', '{}', clock_timestamp(), clock_timestamp() + interval '1 hour')`,
    );
    await client.query('create schema tenant_milliways; set local search_path to tenant_milliways');
    for (const { sql } of recorded.flatMap(({ up }) => up)) {
      await client.query(sql);
    }
    const { rows } = await client.query(
      `select b.migration from platform.backfills b join platform.tenants t on t.id = b.tenant_id
       where t.name = 'Milliways' and b.finished_at is not null order by 1`,
    );
    expect(rows.map(row => row.migration)).toEqual(expansions);
    await client.query('rollback');
  });
});

describe('A process that serves', () => {
  test('says which migrations it knows, and takes that back when it ends', async () => {
    const app = await startTestApp({ data: 'empty' });
    const instances = () =>
      app.database.query<{ pid: number; last: string; seconds: number }>(
        `select pid, migrations[cardinality(migrations)] as last, extract(epoch from expires_at - seen_at)::int as seconds from platform.instances`,
      );
    while ((await instances()).length === 0) {
      await sleep(10);
    }
    expect(await instances()).toEqual([{ pid: process.pid, last: landed, seconds: 30 }]);
    await app.end();
    expect(await instances()).toEqual([]);
    await app.database.drop();
  });

  test('serves, and ends, where it cannot say so', async () => {
    const app = await startTestApp({ data: 'empty', settings: { DATABASE_POOL_MAX: '2' } });
    await app.database.query('drop table platform.instances');
    expect(await app.ask('{ me { name } }').catch(() => 'asked')).toBeDefined();
    await app.close();
  });
});
