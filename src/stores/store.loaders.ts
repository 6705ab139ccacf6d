import { rowByKey } from '../database/loaders.js';
import { Store } from './store.entity.js';

/** A store by its key. */
export const storeById = rowByKey(Store);
