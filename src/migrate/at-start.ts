import { MikroORM } from '@mikro-orm/postgresql';
import { DatabaseSeeder } from '../../seeders/DatabaseSeeder.js';
import { migrationOptions } from '../database/orm.options.js';
import { tenantContext } from './tenant-migrator.js';

/** Brings the default tenant up to date, and fills it with the sample data when it is empty and that is wanted. */
export async function migrateAndSeed(url: string, seed: boolean): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
  try {
    await orm.migrator.up();
    const [found] = await orm.em.execute<{ empty: boolean }[]>('select not exists (select from customers) as empty');
    if (seed && found!.empty) {
      await orm.seeder.seed(DatabaseSeeder);
    }
  } finally {
    await orm.close(true);
  }
}
