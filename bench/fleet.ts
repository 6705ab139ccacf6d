import type pg from 'pg';
import { MikroORM } from '@mikro-orm/postgresql';
import { newId } from '../src/database/new-id.js';
import { migrationOptions } from '../src/database/orm.options.js';
import { withClient } from '../src/database/with-client.js';
import { tenantContext } from '../src/migrate/tenant-migrator.js';
import { TenantTables } from '../src/migrate/tenant-tables.js';

/**
 * Brings a database to so many tenants with empty tables of all migrations, those that are missing in one transaction each
 * and by one query of all statements, which takes a third of what the migrator takes. What stands is kept.
 */
export async function prepareFleet(url: string, count: number): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
  await orm.migrator.up();
  const migrations = (await orm.migrator.getExecuted()).map(({ name }) => name);
  await orm.close(true);
  const tables = new TenantTables(url);
  const statements = await tables.statementsOf(migrations);
  await tables.close();
  await withClient(url, async client => {
    const standing = await countTenants(client);
    for (let number = standing; number < count; number += 1) {
      await client.query(script(number, migrations, statements));
      if (number % 100 === 0) {
        console.log(`${number} of ${count} tenants stand.`);
      }
    }
    if (standing < count) {
      await client.query('vacuum analyze');
    }
  });
}

async function countTenants(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from platform.tenants');
  return rows[0]!.count;
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
