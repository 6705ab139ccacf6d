import { MikroORM } from '@mikro-orm/postgresql';
import { DatabaseSeeder } from '../../seeders/DatabaseSeeder.js';
import { seedSampleUsers } from '../../seeders/sample-users.js';
import { withClient } from '../database/with-client.js';
import { migrationOptions } from '../database/orm.options.js';
import { tenantContext } from './tenant-migrator.js';

/**
 * Brings the default tenant up to date, and fills it with the sample data when it is empty and that is wanted.
 * @param users whether sample users are added with the sample data: everybody knows their password
 */
export async function migrateAndSeed(url: string, { seed, users }: { seed: boolean; users: boolean }): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
  try {
    await orm.migrator.up();
    const [found] = await orm.em.execute<{ empty: boolean }[]>('select not exists (select from customers) as empty');
    if (seed && found!.empty) {
      await orm.seeder.seed(DatabaseSeeder);
    }
    if (seed && users) {
      await withClient(url, client => seedSampleUsers(client));
    }
  } finally {
    await orm.close(true);
  }
}
