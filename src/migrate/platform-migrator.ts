import { fileURLToPath } from 'node:url';
import { Migrator, type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { addMissingCountries } from '../countries/country.data.js';
import { migratorExtension } from './migrator-extension.js';
import { type MigrationContext, migrationOptions } from '../database/orm.options.js';
import { platformEntities } from '../entities.js';

/** Migrates the schema `platform`, and adds the countries that the data set has and the table has not. */
export class PlatformMigrator extends Migrator {
  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const done = await super.up(options);
    await addMissingCountries(this.em.getConnection());
    return done;
  }
}

/** The platform's tables and migrations. */
export const platformContext: MigrationContext = {
  contextName: 'platform',
  entities: platformEntities,
  migrationsFolder: fileURLToPath(new URL('../../migrations/platform', import.meta.url)),
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
