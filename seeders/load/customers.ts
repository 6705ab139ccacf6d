import type { Part } from './part.js';
import type { Shop } from './shop.js';
import { firstNames, lastNames } from './words.js';

export function customerPart(shop: Shop): Part {
  return {
    name: 'customers',
    count: shop.volumes.customers,
    tables: [
      { name: 'customers', columns: ['id', 'email', 'telephone', 'first_name', 'last_name'] },
      { name: 'customer_addresses', columns: ['customer_id', 'kind', 'address_id'] },
    ],
    rowsOf: number => {
      const id = shop.idOf('customer', number);
      return [[[id, ...contactAndName(shop, number)]], addressRows(shop, number, id)];
    },
  };
}

/** Six in ten are known by both email and telephone, three by email alone, one by telephone alone. */
function contactAndName(shop: Shop, number: number) {
  const random = shop.random('customer', number);
  const known = random.fraction();
  const [firstName, lastName] = [random.pick(firstNames), random.pick(lastNames)];
  // The random seed makes both unique when another load stands beside this one.
  const email = `${firstName}.${lastName}.${shop.randomSeed}.${number + 1}@example.com`.toLowerCase();
  const telephone = `+883 ${digits(shop.randomSeed, 6)} ${digits(number + 1, 8)}`;
  return [known < 0.9 ? email : null, known < 0.6 || known >= 0.9 ? telephone : null, firstName, lastName];
}

function addressRows(shop: Shop, number: number, id: string) {
  const { home, office } = shop.customerAddresses(number);
  const rows = [
    [id, 'BILLING', shop.idOf('address', home)],
    [id, 'SHIPPING', shop.idOf('address', home)],
  ];
  return office === undefined ? rows : [...rows, [id, 'SHIPPING', shop.idOf('address', office)]];
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
