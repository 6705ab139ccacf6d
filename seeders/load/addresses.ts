import type { Part } from './part.js';
import type { Shop } from './shop.js';
import { places, streets } from './words.js';

const zipCodesPerPlace = 15;

export function addressPart(shop: Shop): Part {
  return {
    name: 'addresses',
    count: shop.addresses,
    tables: [{ name: 'addresses', columns: ['id', 'line1', 'line2', 'city', 'state', 'zip_code', 'country_code'] }],
    rowsOf: number => {
      const random = shop.random('address', number);
      const place = places[random.lowBelow(places.length)]!;
      const zipCode = Number(place.firstZip) + random.lowBelow(zipCodesPerPlace);
      return [
        [
          [
            shop.idOf('address', number),
            `${1 + random.below(999)} ${random.pick(streets)}`,
            random.chance(0.3) ? `Flat ${1 + random.below(99)}` : '',
            place.city,
            place.state,
            String(zipCode).padStart(place.firstZip.length, '0'),
            place.country,
          ],
        ],
      ];
    },
  };
}
