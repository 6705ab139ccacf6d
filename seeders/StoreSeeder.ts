import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { Store } from '../src/stores/store.entity.js';
import { insertMissing } from './insert-missing.js';
import { addressId, sampleStores, storeId } from './sample-data.js';

/** Seeds the stores. */
export class StoreSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await insertMissing(
      em,
      Store,
      sampleStores.map(({ name, state, address }) => ({ id: storeId(name), name, state, address: addressId(address) })),
    );
  }
}
