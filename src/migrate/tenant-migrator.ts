import { fileURLToPath } from 'node:url';
import { Migrator, type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import { SeedManager } from '@mikro-orm/seeder';
import { defaultTenantSchema, type MigrationContext } from '../database/orm.options.js';
import { platformEntities, tenantEntities } from '../entities.js';
import { withMigrationLock } from './lock.js';
import { migratorExtension } from './migrator-extension.js';
import { migratePlatform } from './platform-migrator.js';

/** Migrates a tenant's schema, after the schema `platform`, on which tenants build. */
export class TenantMigrator extends Migrator {
  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const url = this.config.get('clientUrl')!;
    await migratePlatform(url, { silent: this.options.silent ?? false });
    return withMigrationLock(url, schemaOf(options), () => super.up(options));
  }

  override down(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    return withMigrationLock(this.config.get('clientUrl'), schemaOf(options), () => super.down(options));
  }
}

function schemaOf(options: string | string[] | MigrateOptions | undefined): string {
  return (typeof options === 'object' && 'schema' in options && options.schema) || defaultTenantSchema;
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
