import fc from 'fast-check';
import type { BulkKind } from '../../src/bulk/bulk-kind.js';

/** Text that has gone wrong somewhere before. */
const hostileTexts = [
  '"',
  '\\',
  '\\N',
  '\\.',
  "'; drop table orders; --",
  'a\tb',
  'line\nbreak\r\n',
  '\u2028\u2029',
  '👩‍🚀 é é',
  '\u0001\u0002',
  '\u007f',
  '{"a":1}',
  'null',
  '\ufeffmark',
  'İstanbul',
  ' padded ',
  '\ufffd',
  '%s $1',
  '\u202etxet',
];

const text = fc
  .oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }))
  .filter(value => !value.includes('\0') && !/^ *$/.test(value));
const maybeText = fc.oneof(fc.constant(''), text);
const longText = fc.oneof(maybeText, fc.constantFrom('long "text" \\ '.repeat(700), '👩'.repeat(5000)));
const price = fc.constantFrom('0', '0.00', '24.50', '19.9900', '999999999999.9999', '1', '0.0001', '10.10');
const taxRate = fc.constantFrom('0', '0.0', '7', '20.00', '100', '99.9999');
const instant = fc
  .date({ min: new Date('0001-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map(date => date.toISOString());
const ids = (count: number) => fc.uniqueArray(fc.uuid(), { minLength: count, maxLength: count });

const address = fc.record({
  line1: text,
  line2: maybeText,
  city: text,
  state: maybeText,
  zipCode: text,
  countryCode: fc.constantFrom('US', 'GB', 'JP', 'KW'),
});
type Address = typeof address extends fc.Arbitrary<infer Value> ? Value : never;

const currencies = ['USD', 'JPY', 'KWD'];
const [storeCount, productCount, customerCount, orderCount] = [3, 6, 8, 12];

/** A shop of anything that can be written, its lines in the order and form of an export. */
export const hostileShop: fc.Arbitrary<Record<BulkKind, unknown[]>> = fc
  .record({
    stores: fc.tuple(
      ids(storeCount),
      fc.array(fc.tuple(text, address), { minLength: storeCount, maxLength: storeCount }),
    ),
    products: fc.tuple(
      ids(productCount),
      fc.array(fc.tuple(text, longText, price, taxRate), { minLength: productCount, maxLength: productCount }),
    ),
    customers: fc.tuple(
      ids(customerCount),
      fc.array(fc.tuple(text, maybeText, fc.array(address, { maxLength: 3 }), instant, fc.nat(5)), {
        minLength: customerCount,
        maxLength: customerCount,
      }),
    ),
    orders: fc.tuple(
      ids(orderCount),
      ids(orderCount * 3),
      fc.array(fc.tuple(orderParts(), fc.array(address, { maxLength: 3 })), {
        minLength: orderCount,
        maxLength: orderCount,
      }),
    ),
  })
  .map(makeShop);

function orderParts() {
  return fc.record({
    customer: fc.nat(customerCount - 1),
    store: fc.option(fc.nat(storeCount - 1)),
    currency: fc.nat(currencies.length - 1),
    status: fc.constantFrom('PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'),
    reason: fc.option(longText),
    placedAt: instant,
    billing: address,
    split: fc.boolean(),
    items: fc.array(fc.tuple(text, fc.integer({ min: 3, max: 1000 }), price, taxRate), { minLength: 1, maxLength: 3 }),
  });
}

type Parts = ReturnType<typeof orderParts> extends fc.Arbitrary<infer Value> ? Value : never;

function makeShop(shop: {
  stores: [string[], [string, Address][]];
  products: [string[], [string, string, string, string][]];
  customers: [string[], [string, string, Address[], string, number][]];
  orders: [string[], string[], [Parts, Address[]][]];
}): Record<BulkKind, unknown[]> {
  const stores = shop.stores[0].toSorted().map((id, index) => {
    const [name, storeAddress] = shop.stores[1][index]!;
    return {
      id: `Store_${id}`,
      name: `${name}${index}`,
      state: index === 0 ? 'RETIRED' : 'ACTIVE',
      address: inOrder(storeAddress),
    };
  });
  const storesByName = stores.map(({ name }) => name).toSorted(byBytes);
  const products = shop.products[0].toSorted().map((id, index) => {
    const [name, description, productPrice, rate] = shop.products[1][index]!;
    return {
      id: `Product_${id}`,
      sku: `${name}${index}`,
      name,
      description,
      price: productPrice,
      currencyCode: currencies[index % currencies.length]!,
      taxRate: rate,
      state: index === 1 ? 'RETIRED' : 'ACTIVE',
      stock: [null, ...storesByName].map(store => ({ store, onHand: 2_147_483_647 })),
    };
  });
  return { stores, products, customers: makeCustomers(...shop.customers), orders: makeOrders(shop, stores, products) };
}

function makeCustomers(ids: string[], parts: [string, string, Address[], string, number][]): unknown[] {
  const sorted = ids.toSorted();
  const customers = sorted.map((id, index) => {
    const [firstName, lastName, addresses, erasedAt, fate] = parts[index]!;
    const erased = fate === 0;
    const merged = index > 0 && (fate === 1 || index === customerCount - 1);
    return {
      id: `Customer_${id}`,
      email: erased || fate === 2 ? null : `${index}é"\\👩@Ünï.example`,
      telephone: erased ? null : `+${index} (00)\t${index}`,
      firstName: erased ? '' : firstName,
      lastName: erased ? '' : lastName,
      mergedInto: merged ? `Customer_${sorted[0]}` : null,
      erasedAt: erased ? erasedAt : null,
      addresses: erased ? [] : customerAddresses(addresses),
    };
  });
  // The first is whom the others are merged into, so it comes before them.
  return customers.toSorted((a, b) => Number(a.mergedInto !== null) - Number(b.mergedInto !== null));
}

function customerAddresses(addresses: Address[]): unknown[] {
  const different = differing(addresses);
  return ['BILLING', 'SHIPPING'].flatMap(kind => different.map(one => ({ kind, ...one })));
}

function makeOrders(
  { orders: [ids, itemIds, parts], customers: [customerIds, customerParts] }: Parameters<typeof makeShop>[0],
  stores: { name: string }[],
  products: { sku: string; currencyCode: string }[],
): unknown[] {
  const owners = customerIds.toSorted().map((id, index, sorted) => {
    const merged = index > 0 && (customerParts[index]![4] === 1 || index === customerCount - 1);
    return `Customer_${merged ? sorted[0] : id}`;
  });
  return ids.toSorted().map((id, index) => {
    const [order, addresses] = parts[index]!;
    const shipping = differing(addresses);
    const pickedUp = shipping.length === 0;
    const store = pickedUp ? (order.store ?? 0) : order.store;
    const currencyCode = currencies[order.currency]!;
    const sold = products.filter(product => product.currencyCode === currencyCode);
    return {
      id: `Order_${id}`,
      customer: owners[order.customer],
      placedAt: order.placedAt,
      status: order.status,
      cancelReason: order.status === 'CANCELLED' ? order.reason : null,
      store: store === null ? null : stores[store]!.name,
      fulfilment: pickedUp ? 'PICK_UP' : 'SHIPPED',
      currencyCode,
      billingAddress: inOrder(order.billing),
      shippingAddresses: shipping.map((one, place) => ({
        ...one,
        items: order.split ? shares(order, place, shipping.length) : null,
      })),
      items: order.items.map(([productName, quantity, unitPrice, rate], line) => ({
        id: `OrderItem_${itemIds[index * 3 + line]}`,
        sku: sold[line % sold.length]!.sku,
        productName,
        quantity,
        unitPrice,
        taxRate: rate,
      })),
    };
  });
}

/** One piece of each line to each address, and what is left to the last one. */
function shares({ items }: Parts, place: number, places: number): { line: number; quantity: number }[] {
  return items.map(([, quantity], index) => ({
    line: index + 1,
    quantity: place < places - 1 ? 1 : quantity - places + 1,
  }));
}

/** Addresses without those that are there twice, in the order of an export. */
function differing(addresses: Address[]): Address[] {
  const texts = new Map(addresses.map(one => [JSON.stringify(Object.values(inOrder(one))), inOrder(one)]));
  return [...texts.values()].toSorted(
    (a, b) =>
      Object.keys(a)
        .map(key => byBytes(a[key as keyof Address], b[key as keyof Address]))
        .find(Boolean) ?? 0,
  );
}

function inOrder({ line1, line2, city, state, zipCode, countryCode }: Address): Address {
  return { line1, line2, city, state, zipCode, countryCode };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
