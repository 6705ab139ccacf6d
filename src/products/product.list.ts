import { registerEnumType } from 'type-graphql';
import type { List } from '../database/list.js';
import { Product, type ProductState } from './product.entity.js';

/** What products can be sorted by. */
export enum ProductSort {
  NAME = 'NAME',
  SKU = 'SKU',
  PRICE = 'PRICE',
}

registerEnumType(ProductSort, {
  name: 'ProductSort',
  description: 'What products can be sorted by.',
  valuesConfig: {
    NAME: { description: 'The name.' },
    SKU: { description: 'The stock-keeping unit.' },
    PRICE: { description: 'The price’s amount, whatever its currency.' },
  },
});

/** What products can be narrowed to. */
export interface ProductFilter {
  state: ProductState | undefined;
}

/** All products. */
export const productList: List<Product, ProductFilter, ProductSort> = {
  name: 'products',
  entity: Product,
  sorts: {
    [ProductSort.NAME]: ['name', 'id'],
    [ProductSort.SKU]: ['sku'],
    [ProductSort.PRICE]: ['price', 'id'],
  },
  narrow: (conditions, { state }) => conditions.equals('state', state),
};
