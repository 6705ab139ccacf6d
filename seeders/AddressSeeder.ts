import type { EntityManager } from '@mikro-orm/core';
import { Seeder } from '@mikro-orm/seeder';
import { Address } from '../src/addresses/address.entity.js';
import { insertMissing } from './insert-missing.js';
import { addressId, sampleAddresses } from './sample-data.js';

/** Seeds the addresses of customers and stores. */
export class AddressSeeder extends Seeder {
  override async run(em: EntityManager): Promise<void> {
    await insertMissing(
      em,
      Address,
      sampleAddresses.map(({ key, line1, line2 = '', city, state = '', zipCode, country }) => ({
        id: addressId(key),
        line1,
        line2,
        city,
        state,
        zipCode,
        country,
      })),
    );
  }
}
