import { rowByKey } from '../database/loaders.js';
import { Address } from './address.entity.js';

/** An address by its key. */
export const addressById = rowByKey(Address);
