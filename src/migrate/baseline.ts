import { MikroORM } from '@mikro-orm/postgresql';
import type { Transaction } from '@mikro-orm/core';
import { migrationOptions } from '../database/orm.options.js';
import { withClient } from '../database/with-client.js';
import { type Build, findMigration, unseen } from './build.js';
import { compareObjects, type SchemaDifference } from './drift.js';
import { ExpectedSchemas } from './expected.js';
import { type Asks, schemaObjects } from './fingerprint.js';
import { withMigrationLock } from './lock.js';
import { MigrateError } from './migrate-error.js';
import { migratePlatform } from './platform-migrator.js';
import { tenantContextOf } from './run-over-tenants.js';
import type { TenantMigrator } from './tenant-migrator.js';
import { type MigratedTenant, readTenants } from './tenants.js';

/** What a baseline came to. */
export interface BaselineResult {
  /** The migrations that were noted. */
  noted: string[];
  /** Why nothing was noted: the first object that is not as the migrations make it. */
  difference: SchemaDifference | undefined;
}

/**
 * Notes the migrations up to one as those that a tenant has seen, without running them, where its tables are as these make
 * them.
 * @throws MigrateError when there is no such tenant or migration, or it has seen others already
 */
export async function baseline(url: string, build: Build, tenant: string, version: string): Promise<BaselineResult> {
  const last = findMigration(build, version);
  const migrations = build.tenant.slice(0, 1 + build.tenant.findIndex(({ name }) => name === last)).map(f => f.name);
  const context = await tenantContextOf(build);
  const expected = new ExpectedSchemas(url, context, build.tenant);
  const orm = await MikroORM.init(migrationOptions(url, context, { silent: true }));
  try {
    await migratePlatform(url, { silent: true });
    const { schema } = await withClient(url, client => readTenant(client, tenant, build));
    return await withMigrationLock(url, schema, () =>
      withClient(url, async client => {
        const { seen } = await readTenant(client, tenant, build);
        const beyond = seen.filter(name => !migrations.includes(name));
        if (beyond.length > 0) {
          throw new MigrateError(`${tenant} has seen ${beyond.join(', ')}, which is not part of that baseline.`);
        }
        const difference = compareObjects(await expected.objects(migrations), await schemaObjects(client, schema));
        const noted = difference ? [] : unseen(build.tenant, seen).filter(name => migrations.includes(name));
        if (noted.length > 0) {
          await orm.em
            .getConnection()
            .transactional((transaction: Transaction) =>
              (orm.migrator as TenantMigrator).note(schema, noted, transaction),
            );
        }
        return { noted, difference };
      }),
    );
  } finally {
    await Promise.all([expected.close(), orm.close(true)]);
  }
}

async function readTenant(client: Asks, name: string, build: Build): Promise<MigratedTenant> {
  return (await readTenants(client, [name], build.tenant))[0]!;
}
