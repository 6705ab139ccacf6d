import { fileURLToPath } from 'node:url';
import { Migrator, type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import { SeedManager } from '@mikro-orm/seeder';
import type { MigrationContext } from '../database/orm.options.js';
import { platformEntities, tenantEntities } from '../entities.js';
import { migratorExtension } from './migrator-extension.js';
import { migratePlatform } from './platform-migrator.js';

/** Migrates a tenant's schema, after the schema `platform`, on which tenants build. */
export class TenantMigrator extends Migrator {
  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    // First, since it makes a missing database that the platform's migrations then find.
    await this.init();
    await migratePlatform(this.config.get('clientUrl')!, { silent: this.options.silent ?? false });
    return super.up(options);
  }
}

/** A tenant's tables and migrations. */
export const tenantContext: MigrationContext = {
  contextName: 'default',
  // The platform's are there so that relations to them resolve; their tables are not a tenant's to migrate.
  entities: [...tenantEntities, ...platformEntities],
  migrationsFolder: fileURLToPath(new URL('../../migrations/tenant', import.meta.url)),
  seedersFolder: fileURLToPath(new URL('../../seeders', import.meta.url)),
  extensions: [migratorExtension(TenantMigrator), SeedManager],
};
