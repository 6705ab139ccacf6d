import { momentOf, yearsBeforeEnd } from './calendar.js';
import type { Value } from '../../src/database/copy-rows.js';
import { moneyOf } from './money.js';
import type { Part } from './part.js';
import type { Random } from './random.js';
import type { LoadProduct, Shop } from './shop.js';

/** In-store purchases 30 %, bought in a store and shipped 10 %, online the rest. */
const inStoreShare = 0.3;
const shippedFromStoreShare = 0.1;
/** Of the newest orders some are still open. */
const openShare = 0.03;
const cancelledShare = 0.04;
const yearlyRise = 0.04;

export function orderPart(shop: Shop): Part {
  return {
    name: 'orders',
    count: shop.volumes.orders,
    tables: [
      {
        name: 'orders',
        columns: [
          'id',
          'customer_id',
          'billing_address_id',
          'store_id',
          'fulfilment',
          'status',
          'placed_at',
          'currency_code',
        ],
      },
      {
        name: 'order_items',
        columns: [
          'id',
          'order_id',
          'line_number',
          'product_id',
          'product_name',
          'quantity',
          'currency_code',
          'currency_decimals',
          'unit_price',
        ],
      },
      { name: 'order_shipping_addresses', columns: ['order_id', 'address_id'] },
    ],
    rowsOf: number => orderRows(shop, number),
  };
}

function orderRows(shop: Shop, number: number): Value[][][] {
  const random = shop.random('order', number);
  const age = (number + random.fraction()) / shop.volumes.orders;
  const placedAt = momentOf(age);
  const id = random.uuid(placedAt);
  const customer = random.lowBelow(shop.volumes.customers);
  const { home, office } = shop.customerAddresses(customer);
  const channel = random.fraction();
  const inStore = channel < inStoreShare;
  const store =
    channel < inStoreShare + shippedFromStoreShare ? shop.storeIds[random.lowBelow(shop.storeIds.length)]! : null;
  const shippingAddresses = inStore ? [] : pickAddresses(random, home, office);
  const order = [
    id,
    shop.idOf('customer', customer),
    shop.idOf('address', home),
    store,
    inStore ? 'PICK_UP' : 'SHIPPED',
    pickStatus(random, inStore, age),
    new Date(placedAt).toISOString(),
    'USD',
  ];
  return [
    [order],
    itemRows(shop, random, id, placedAt),
    shippingAddresses.map(address => [id, shop.idOf('address', address)]),
  ];
}

/** Home, or for those who use an office now and then there, or to both. */
function pickAddresses(random: Random, home: number, office: number | undefined): number[] {
  if (office === undefined || random.chance(0.6)) {
    return [home];
  }
  return random.chance(0.6) ? [office] : [home, office];
}

function pickStatus(random: Random, inStore: boolean, age: number): string {
  if (random.chance(cancelledShare)) {
    return 'CANCELLED';
  }
  const open = !inStore && age > 1 - openShare;
  return open ? random.pick(['PENDING', 'IN_PROGRESS']) : 'COMPLETED';
}

/** One to four different products. */
function itemRows(shop: Shop, random: Random, order: string, placedAt: number): Value[][] {
  const lines = 1 + random.below(4);
  const products = new Set<LoadProduct>();
  while (products.size < lines) {
    products.add(shop.products[random.lowBelow(shop.products.length)]!);
  }
  return Array.from(products, (product, index) => [
    random.uuid(placedAt),
    order,
    index + 1,
    product.id,
    product.name,
    random.chance(0.7) ? 1 : 2 + random.below(5),
    'USD',
    2,
    moneyOf(Math.round(product.cents * (1 - yearlyRise * yearsBeforeEnd(placedAt)))),
  ]);
}
