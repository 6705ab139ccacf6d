import { rowByKey } from '../database/loaders.js';
import { Product } from './product.entity.js';

/** A product by its key. */
export const productById = rowByKey(Product);
