import { moneyOf } from './money.js';
import type { Part } from './part.js';
import type { Shop } from './shop.js';

export function productPart(shop: Shop): Part {
  return {
    name: 'products',
    count: shop.volumes.products,
    tables: [{ name: 'products', columns: ['id', 'sku', 'name', 'description', 'price', 'currency_code', 'state'] }],
    rowsOf: number => {
      const { id, name, cents } = shop.products[number]!;
      const sku = `LOAD-${shop.randomSeed}-${number + 1}`;
      const state = number % 25 === 24 ? 'RETIRED' : 'ACTIVE';
      return [[[id, sku, name, `${name}, for home and office.`, moneyOf(cents), 'USD', state]]];
    },
  };
}
