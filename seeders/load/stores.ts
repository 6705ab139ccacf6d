import type { Part } from './part.js';
import type { Shop } from './shop.js';
import { places } from './words.js';

export function storePart(shop: Shop): Part {
  return {
    name: 'stores',
    count: shop.volumes.stores,
    tables: [{ name: 'stores', columns: ['id', 'name', 'state', 'address_id'] }],
    rowsOf: number => {
      // The random seed makes the name unique when another load stands beside this one.
      const name = `${places[number % places.length]!.city} Outlet ${shop.randomSeed}-${number + 1}`;
      const state = number % 25 === 24 ? 'RETIRED' : 'ACTIVE';
      return [[[shop.storeIds[number]!, name, state, shop.idOf('address', shop.storeAddress(number))]]];
    },
  };
}
