import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { Product } from '../src/products/product.entity.js';
import { insertMissing } from './insert-missing.js';
import { productId, sampleProducts } from './sample-data.js';

/** Seeds the products, at today's names and prices. */
export class ProductSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await insertMissing(
      em,
      Product,
      sampleProducts.map(({ sku, name, description, price, state }) => ({
        id: productId(sku),
        sku,
        name,
        description,
        price,
        currencyCode: 'USD',
        state,
      })),
    );
  }
}
