import { fileURLToPath } from 'node:url';
import { Migrator, type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import type { Transaction } from '@mikro-orm/core';
import { SeedManager } from '@mikro-orm/seeder';
import pg from 'pg';
import { defaultTenantSchema, type MigrationContext } from '../database/orm.options.js';
import { platformEntities, tenantEntities } from '../entities.js';
import { withMigrationLock } from './lock.js';
import { migrationFolders } from './migration-folders.js';
import { migratorExtension } from './migrator-extension.js';
import { migratePlatform } from './platform-migrator.js';

/** Migrates a tenant's schema, after the schema `platform`, on which tenants build. */
export class TenantMigrator extends Migrator {
  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const url = this.config.get('clientUrl')!;
    await migratePlatform(url, { silent: this.options.silent ?? false });
    const schema = schemaOf(options);
    return withMigrationLock(url, schema, async () => {
      const done = await super.up(options);
      await this.#noteVersion(schema);
      return done;
    });
  }

  override down(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const schema = schemaOf(options);
    return withMigrationLock(this.config.get('clientUrl'), schema, async () => {
      const done = await super.down(options);
      await this.#noteVersion(schema);
      return done;
    });
  }

  /** Makes the tables of a new schema, within a transaction that nobody else can see into. */
  build(schema: string, transaction: Transaction): Promise<MigrationInfo[]> {
    // What remembers which schemas have a table of migrations knows nothing of one that was rolled back or dropped.
    this.initServices();
    return super.up({ schema, transaction });
  }

  /** Writes into the registry of tenants which migration the schema has seen last. */
  async #noteVersion(schema: string): Promise<void> {
    await this.em.getConnection().execute(
      `update platform.tenants set migration =
         (select name from ${pg.escapeIdentifier(schema)}.mikro_orm_migrations order by id desc limit 1) where schema = ?`,
      [schema],
    );
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
  migrationsFolder: migrationFolders.default,
  seedersFolder: fileURLToPath(new URL('../../seeders', import.meta.url)),
  extensions: [migratorExtension(TenantMigrator), SeedManager],
};
