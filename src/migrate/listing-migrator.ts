import { existsSync } from 'node:fs';
import { type MigrationResult, Migrator } from '@mikro-orm/migrations';
import { foldersBeside, listNewMigrations, listOf } from './integrity.js';
import { MigrationWriter } from './migration-writer.js';

/** Lists the migrations that `mikro-orm migration:create` writes, as `pier2 migrate create` does. */
export class ListingMigrator extends Migrator {
  override async create(...args: Parameters<Migrator['create']>): Promise<MigrationResult> {
    const result = await super.create(...args);
    const folders = foldersBeside(this.options.pathTs!);
    if (result.fileName && existsSync(listOf(folders))) {
      await listNewMigrations(folders);
    }
    return result;
  }

  protected override getDefaultGenerator(): MigrationWriter {
    return new MigrationWriter(this.driver, this.config.getNamingStrategy(), this.options);
  }
}
