import { addressPart } from './addresses.js';
import { customerPart } from './customers.js';
import { orderPart } from './orders.js';
import { productPart } from './products.js';
import type { Shop } from './shop.js';
import { storePart } from './stores.js';
import type { Part } from './part.js';

/** All that is loaded, parents before children, as foreign keys ask. */
export function partsOf(shop: Shop): Part[] {
  return [addressPart(shop), storePart(shop), productPart(shop), customerPart(shop), orderPart(shop)];
}
