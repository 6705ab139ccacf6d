import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { ProductState } from '../src/products/product.entity.js';
import { StockLevel } from '../src/stock/stock-level.entity.js';
import { StoreState } from '../src/stores/store.entity.js';
import { insertMissing } from './insert-missing.js';
import { productId, sampleProducts, sampleStores, storeId } from './sample-data.js';
import { sampleId } from './sample-id.js';

const piecesInWarehouse = 500;
const piecesInStore = 25;

/** Seeds what lies in the warehouse and in the stores: every product that is sold, in every store that sells. */
export class StockSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    const places = [undefined, ...sampleStores.filter(({ state }) => state === StoreState.ACTIVE)];
    await insertMissing(
      em,
      StockLevel,
      sampleProducts
        .filter(({ state }) => state === ProductState.ACTIVE)
        .flatMap(({ sku, number }) =>
          places.map(store => ({
            id: sampleId('stockLevel', number * 100 + (store?.number ?? 0)),
            product: productId(sku),
            store: store ? storeId(store.name) : null,
            onHand: store ? piecesInStore : piecesInWarehouse,
          })),
        ),
      // One may lie there already, for orders that were open before stock was kept.
      ['product', 'store'],
    );
  }
}
