import type { Transaction } from '@mikro-orm/core';
import { type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { addMissingCountries } from '../countries/country.data.js';
import { migrationFolders } from './files.js';
import { ListingMigrator } from './listing-migrator.js';
import { withMigrationLock } from './lock.js';
import { SchemaRunner } from './schema-runner.js';
import { migratorExtension } from './migrator-extension.js';
import { type MigrationContext, migrationOptions, platformSchema } from '../database/orm.options.js';
import { accountEntities, platformEntities } from '../entities.js';

/** Migrates the schema `platform`, and adds the countries that the data set has and the table has not. */
export class PlatformMigrator extends ListingMigrator {
  override up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    return withMigrationLock(this.config.get('clientUrl'), platformSchema, async () => {
      const done = await super.up(options);
      await addMissingCountries(this.em.getConnection());
      return done;
    });
  }

  /** Runs migrations up or down, for somebody who holds the lock of the platform. */
  async run(verb: 'up' | 'down', migrations: readonly string[]): Promise<void> {
    this.initServices();
    const options = { migrations: [...migrations] };
    if (verb === 'down') {
      await super.down(options);
      return;
    }
    await super.up(options);
    await addMissingCountries(this.em.getConnection());
  }

  /** Runs migrations up within a transaction of somebody else, without the countries. */
  async build(transaction: Transaction, migrations: readonly string[]): Promise<void> {
    await this.init();
    this.initServices();
    this.runner.setMasterMigration(transaction);
    this.storage.setMasterMigration(transaction);
    try {
      await super.up({ migrations: [...migrations] });
    } finally {
      this.runner.unsetMasterMigration();
      this.storage.unsetMasterMigration();
    }
  }

  protected override createRunner(): SchemaRunner {
    return new SchemaRunner([this.driver, this.options, this.config], platformSchema);
  }

  override down(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    return withMigrationLock(this.config.get('clientUrl'), platformSchema, () => super.down(options));
  }
}

/** The platform's tables and migrations. */
export const platformContext: MigrationContext = {
  contextName: 'platform',
  entities: [...platformEntities, ...accountEntities],
  migrationsFolder: migrationFolders.platform,
  extensions: [migratorExtension(PlatformMigrator)],
};

/** Brings the schema `platform` of a database up to date. */
export async function migratePlatform(url: string, options?: { silent?: boolean }): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, platformContext, options));
  try {
    await orm.migrator.up();
  } finally {
    await orm.close(true);
  }
}
