import type { Transaction } from '@mikro-orm/core';
import { type MigrateOptions, type MigrationInfo } from '@mikro-orm/migrations';
import { SeedManager } from '@mikro-orm/seeder';
import { fileURLToPath } from 'node:url';
import { defaultTenantSchema, type MigrationContext } from '../database/orm.options.js';
import { platformEntities, tenantEntities } from '../entities.js';
import { migrationFiles, migrationFolders } from './files.js';
import { ListingMigrator } from './listing-migrator.js';
import { noteVersion } from './note-version.js';
import { withMigrationLock } from './lock.js';
import { migratorExtension } from './migrator-extension.js';
import { migratePlatform } from './platform-migrator.js';
import { SchemaRunner } from './schema-runner.js';
import { SquashStorage } from './squash/squash-storage.js';

/** Migrates a tenant's schema, after the schema `platform`, on which tenants build. */
export class TenantMigrator extends ListingMigrator {
  #schema: string | undefined;
  #files: ReturnType<typeof migrationFiles> | undefined;
  #migrations: Awaited<ReturnType<ListingMigrator['discoverMigrations']>> | undefined;

  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const url = this.config.get('clientUrl')!;
    await migratePlatform(url, { silent: this.options.silent ?? false });
    const schema = schemaOf(options);
    return withMigrationLock(url, schema, () => this.#within(schema, () => super.up(options)));
  }

  override down(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const schema = schemaOf(options);
    return withMigrationLock(this.config.get('clientUrl'), schema, () =>
      this.#within(schema, () => super.down(options)),
    );
  }

  /** Runs migrations of a schema up or down, for somebody who holds the lock of that schema. */
  async run(verb: 'up' | 'down', schema: string, migrations: readonly string[]): Promise<void> {
    // What remembers which schemas have a table of migrations would grow with their number.
    this.initServices();
    await this.init();
    this.#migrations ??= await super.discoverMigrations();
    const options = { schema, migrations: [...migrations] };
    await this.#within(schema, () => (verb === 'up' ? super.up(options) : super.down(options)));
  }

  /** Makes the tables of a new schema by all migrations or some, within a transaction that nobody else can see into. */
  async build(schema: string, transaction: Transaction, migrations?: readonly string[]): Promise<MigrationInfo[]> {
    await this.init();
    // What remembers which schemas have a table of migrations knows nothing of one that was rolled back or dropped.
    this.initServices();
    this.runner.setMasterMigration(transaction);
    this.storage.setMasterMigration(transaction);
    try {
      return await super.up({ schema, ...(migrations && { migrations: [...migrations] }) });
    } finally {
      this.runner.unsetMasterMigration();
      this.storage.unsetMasterMigration();
    }
  }

  /** Notes migrations of a schema as those that it has seen, without running them. */
  async note(schema: string, migrations: readonly string[], transaction: Transaction): Promise<void> {
    await this.init();
    this.initServices();
    this.storage.setRunSchema?.(schema);
    this.storage.setMasterMigration(transaction);
    try {
      for (const name of migrations) {
        await this.storage.logMigration({ name });
      }
    } finally {
      this.storage.unsetMasterMigration();
      this.storage.unsetRunSchema?.();
    }
    await this.#within(schema, () => this.#noteVersion(0, transaction));
  }

  /** Those of the folder, which is read once in a run over many schemas. */
  protected override async discoverMigrations(): ReturnType<ListingMigrator['discoverMigrations']> {
    return this.#migrations ?? super.discoverMigrations();
  }

  protected override createRunner(): SchemaRunner {
    return new SchemaRunner(
      [this.driver, this.options, this.config],
      defaultTenantSchema,
      (transaction, milliseconds) => this.#noteVersion(transaction, milliseconds),
    );
  }

  protected override createStorage(): SquashStorage {
    return new SquashStorage([this.driver, this.options], () => (this.#files ??= migrationFiles(this.options.pathTs!)));
  }

  async #within<Result>(schema: string, work: () => Promise<Result>): Promise<Result> {
    this.#schema = schema;
    try {
      return await work();
    } finally {
      this.#schema = undefined;
    }
  }

  /** Writes which migration the schema has seen last: into the registry of tenants, and with what it took. */
  async #noteVersion(milliseconds: number, transaction?: Transaction): Promise<void> {
    const sql = noteVersion(this.#schema!, milliseconds);
    await this.em.getConnection().execute(sql, [], 'run', transaction);
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
  migrationsFolder: migrationFolders.tenant,
  seedersFolder: fileURLToPath(new URL('../../seeders', import.meta.url)),
  extensions: [migratorExtension(TenantMigrator), SeedManager],
};
