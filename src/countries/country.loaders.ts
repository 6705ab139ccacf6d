import { rowByKey } from '../database/loaders.js';
import { Country } from './country.entity.js';

/** A country by its alpha-2 code. */
export const countryByCode = rowByKey(Country);
