import type { List } from '../database/list.js';
import { Country } from './country.entity.js';

/** All countries, by name. */
export const countryList: List<Country, undefined, 'NAME'> = {
  name: 'countries',
  entity: Country,
  sorts: { NAME: ['name', 'iso2Code'] },
  narrow: () => {},
};
