import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { AddressSeeder } from './AddressSeeder.js';
import { CustomerSeeder } from './CustomerSeeder.js';
import { OrderSeeder } from './OrderSeeder.js';
import { PageSeeder } from './PageSeeder.js';
import { ProductSeeder } from './ProductSeeder.js';
import { StockSeeder } from './StockSeeder.js';
import { StoreSeeder } from './StoreSeeder.js';
import { TaskSeeder } from './TaskSeeder.js';

/**
 * Seeds the sample data that docs/sample-data.md describes, all of it or nothing. A second run changes nothing: rows that
 * stand, edited or not, are left alone.
 */
export class DatabaseSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await em.transactional(async transaction => {
      // Not by `this.call`, whose forks of the EntityManager would leave the transaction.
      for (const FeatureSeeder of [
        AddressSeeder,
        CustomerSeeder,
        StoreSeeder,
        ProductSeeder,
        StockSeeder,
        OrderSeeder,
        PageSeeder,
        TaskSeeder,
      ]) {
        await new FeatureSeeder().run(transaction);
      }
    });
  }
}
