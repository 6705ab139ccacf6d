import type pg from 'pg';
import { MikroORM } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { newId } from '../src/database/new-id.js';
import { migrationOptions } from '../src/database/orm.options.js';
import { withClient } from '../src/database/with-client.js';
import { inBatches } from '../src/migrate/fingerprint.js';
import { tenantContext } from '../src/migrate/tenant-migrator.js';
import { tenantStatements } from '../src/migrate/tenant-tables.js';

/** Tenants that one connection makes: PostgreSQL looks through all that a connection has touched at each further statement. */
const tenantsOfConnection = 50;

/** Connections at once. */
const parallel = 2;

/**
 * Brings a database to so many tenants with empty tables of all migrations, those that are missing in one transaction each
 * and by one query of all statements, which takes a third of what the migrator takes. What stands is kept.
 */
export async function prepareFleet(url: string, count: number): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
  await orm.migrator.up();
  const migrations = (await orm.migrator.getExecuted()).map(({ name }) => name);
  await orm.close(true);
  const missing = await withClient(url, client => missingNumbers(client, count));
  if (missing.length === 0) {
    return;
  }
  const statements = await tenantStatements(migrations);
  const limit = pLimit(parallel);
  let made = 0;
  const makeBatch = (numbers: readonly number[]) =>
    limit(() =>
      withClient(url, async client => {
        await client.query('set synchronous_commit to off');
        for (const number of numbers) {
          await client.query(script(number, migrations, statements));
        }
        made += numbers.length;
        console.log(`${made} of ${missing.length} tenants made.`);
      }),
    );
  await Promise.all([...inBatches(missing, tenantsOfConnection)].map(makeBatch));
  await withClient(url, vacuumCatalogue);
}

/** The numbers up to a count of tenants that there are not yet. */
async function missingNumbers(client: pg.Client, count: number): Promise<number[]> {
  const { rows } = await client.query<{ number: number }>(
    `select number from generate_series(0, $1::int - 1) number
     where not exists (select from platform.tenants where name = 'bench-' || number)`,
    [count],
  );
  return rows.map(({ number }) => number);
}

/** Brings the catalogue and the platform to what they are after some time. The tenants' tables are empty. */
async function vacuumCatalogue(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ tables: string }>(
    `select string_agg(oid::regclass::text, ', ') as tables from pg_class
     where relkind = 'r' and relnamespace in ('pg_catalog'::regnamespace, 'platform'::regnamespace)`,
  );
  await client.query(`vacuum analyze ${rows[0]!.tables}`);
}

function script(number: number, migrations: readonly string[], statements: readonly string[]): string {
  const schema = `tenant_bench_${number}`;
  return [
    'begin',
    `create schema ${schema}`,
    `set local search_path to ${schema}`,
    ...statements.map(statement => statement.trim().replace(/;$/, '')),
    'create table mikro_orm_migrations (id serial primary key, name varchar(255) not null, executed_at timestamptz default current_timestamp)',
    `insert into mikro_orm_migrations (name) values ${migrations.map(name => `('${name}')`).join(', ')}`,
    `insert into platform.tenants (id, name, schema, state, migration)
     values ('${newId()}', 'bench-${number}', '${schema}', 'ACTIVE', '${migrations.at(-1)}')`,
    'commit',
  ].join(';\n');
}
