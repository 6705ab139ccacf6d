import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { customerId, productId, storeId } from '../../seeders/sample-data.js';
import type { BulkKind } from '../../src/bulk/bulk-kind.js';
import type { RefusalCode, RefusedRow } from '../../src/bulk/refusal.js';
import { newId } from '../../src/database/new-id.js';
import { importLines, removeFiles, shopChecksums } from '../support/bulk.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('sample');
  // A duplicate of Arthur, which no import may take for a customer.
  await database.query(
    `insert into customers (id, email, first_name, last_name, merged_into_id) values ($1, 'art@dent.example', 'A', 'D', $2)`,
    [duplicate, customerId('arthur')],
  );
});
afterAll(async () => {
  await database.drop();
  await removeFiles();
});

const duplicate = newId();
/** The id of a customer who was imported; the history knows objects by their id alone. */
const known = newId();
const address = { line1: '1 Towel Lane', city: 'Islington', zipCode: 'N1 7BE', countryCode: 'GB' };
const other = { ...address, line1: '2 Towel Lane' };
const item = { sku: 'FISH-BABEL', quantity: 2, unitPrice: '42.00' };

const store = { name: 'New Store', address };
const product = { sku: 'NEW', name: 'New', price: '1', currencyCode: 'USD' };
const customer = { email: 'new@dent.example', firstName: 'New' };
const order = {
  customer: { email: 'ARTHUR.dent@cottington.example' },
  placedAt: '2025-01-01T00:00:00Z',
  store: 'Milliways',
  currencyCode: 'USD',
  billingAddress: address,
  items: [item],
};
const shipped = { ...order, store: null, shippingAddresses: [address, other] };
const split = (first: unknown, second: unknown) => ({
  ...shipped,
  shippingAddresses: [
    { ...address, items: first },
    { ...other, items: second },
  ],
});

type Case = [why: string, line: unknown, code: RefusalCode, says: string];

const unreadable: Case[] = [
  ['not JSON', '{"name": ', 'NOT_JSON', 'not JSON'],
  ['nothing', '', 'NOT_JSON', 'empty'],
  ['a list', '[]', 'NOT_AN_OBJECT', 'a list'],
  ['null', 'null', 'NOT_AN_OBJECT', 'null'],
  ['text', '"x"', 'NOT_AN_OBJECT', '"x"'],
  ['more than a megabyte', `{"name":"${'x'.repeat(1_048_576)}"}`, 'LINE_TOO_LONG', '1048576'],
];

const cases: Record<BulkKind, Case[]> = {
  stores: [
    ...unreadable,
    ['an unknown key', { ...store, nmae: 'x' }, 'UNKNOWN_KEY', '"nmae" is not known'],
    ['an unknown key that objects inherit', '{"__proto__": 1}', 'UNKNOWN_KEY', '"__proto__"'],
    ['an unknown key of the address', { ...store, address: { ...address, zip: '1' } }, 'UNKNOWN_KEY', '"address.zip"'],
    ['no name', { address }, 'REQUIRED', 'name is missing'],
    ['a blank name', { ...store, name: '  ' }, 'REQUIRED', 'name is blank'],
    ['a name that is a number', { ...store, name: 7 }, 'WRONG_TYPE', 'name is 7'],
    ['a name that is too long', { ...store, name: 'x'.repeat(201) }, 'TOO_LONG', '201 characters'],
    ['a NUL character', { ...store, name: 'a\0b' }, 'INVALID_TEXT', 'NUL'],
    [
      'half of a surrogate pair',
      `{"name":"\\ud83d","address":${JSON.stringify(address)}}`,
      'INVALID_TEXT',
      'surrogate',
    ],
    ['an unknown state', { ...store, state: 'OPEN' }, 'INVALID_VALUE', 'ACTIVE, RETIRED'],
    ['the id of something else', { ...store, id: `Order_${newId()}` }, 'INVALID_ID', '"Store_"'],
    ['an id in capitals', { ...store, id: `Store_${newId().toUpperCase()}` }, 'INVALID_ID', 'small letters'],
    ['no address', { name: 'x' }, 'REQUIRED', 'address is missing'],
    ['an address that is text', { ...store, address: 'x' }, 'WRONG_TYPE', 'address is "x"'],
    ['an unknown country', { ...store, address: { ...address, countryCode: 'XX' } }, 'UNKNOWN_COUNTRY', '"XX"'],
    ['an id of a store', { ...store, id: `Store_${storeId('Milliways')}` }, 'DUPLICATE_ID', 'The database has the id'],
    ['a name of a store', { ...store, name: 'Milliways' }, 'DUPLICATE_NAME', 'The database has the name "Milliways"'],
  ],
  products: [
    ['a price that is a number', { ...product, price: 1.5 }, 'INVALID_PRICE', 'price is 1.5'],
    ['a price with five decimals', { ...product, price: '1.00000' }, 'INVALID_PRICE', '4 decimals'],
    ['a price with 13 digits', { ...product, price: '1000000000000' }, 'INVALID_PRICE', '12 digits'],
    ['a price below zero', { ...product, price: '-1' }, 'INVALID_PRICE', '"-1"'],
    ['a price in scientific notation', { ...product, price: '1e3' }, 'INVALID_PRICE', '"1e3"'],
    ['a tax rate above 100', { ...product, taxRate: '100.1' }, 'INVALID_TAX_RATE', '"100.1"'],
    ['a currency that ISO 4217 does not know', { ...product, currencyCode: 'XYZ' }, 'UNKNOWN_CURRENCY', '"XYZ"'],
    ['a description that is too long', { ...product, description: 'x'.repeat(10_001) }, 'TOO_LONG', '10001'],
    ['a SKU of a product', { ...product, sku: 'FISH-BABEL' }, 'DUPLICATE_SKU', '"FISH-BABEL"'],
    [
      'stock in an unknown store',
      { ...product, stock: [{ store: 'Nowhere', onHand: 1 }] },
      'UNKNOWN_STORE',
      '"Nowhere"',
    ],
    [
      'stock in a place twice',
      { ...product, stock: [{ onHand: 1 }, { store: null, onHand: 2 }] },
      'DUPLICATE_STOCK',
      'the warehouse twice',
    ],
    ['half a piece of stock', { ...product, stock: [{ onHand: 0.5 }] }, 'INVALID_QUANTITY', 'stock.0.onHand is 0.5'],
    ['too much stock', { ...product, stock: [{ onHand: 2 ** 31 }] }, 'INVALID_QUANTITY', '2147483647'],
    ['stock that is no list', { ...product, stock: {} }, 'WRONG_TYPE', 'stock is an object'],
    ['an id of a product', { ...product, id: `Product_${productId('FISH-BABEL')}` }, 'DUPLICATE_ID', 'The database'],
  ],
  customers: [
    ['no contact', { firstName: 'X' }, 'CONTACT_REQUIRED', 'give one of them'],
    ['no name', { email: 'x@dent.example', lastName: ' ' }, 'NAME_REQUIRED', 'give one of them'],
    ['an email that is none', { ...customer, email: 'new' }, 'INVALID_EMAIL', '"new"'],
    ['an email with a blank', { ...customer, email: 'n w@dent.example' }, 'INVALID_EMAIL', '"n w@dent.example"'],
    ['a telephone with two digits', { ...customer, telephone: '+1 2' }, 'INVALID_TELEPHONE', '"+1 2"'],
    ['a telephone with 21 digits', { ...customer, telephone: '1'.repeat(21) }, 'INVALID_TELEPHONE', '20 digits'],
    [
      'an email of a customer in another case',
      { ...customer, email: 'Arthur.DENT@cottington.example' },
      'DUPLICATE_EMAIL',
      '"Arthur.DENT@cottington.example"',
    ],
    ['a telephone of a customer', { ...customer, telephone: '(44) 1632/960042' }, 'DUPLICATE_TELEPHONE', '1632'],
    [
      'an unknown survivor',
      { ...customer, mergedInto: `Customer_${newId()}` },
      'UNKNOWN_CUSTOMER',
      'There is no customer',
    ],
    [
      'a survivor that is a duplicate',
      { ...customer, mergedInto: `Customer_${duplicate}` },
      'CUSTOMER_MERGED',
      'duplicate',
    ],
    [
      'itself as its survivor',
      { ...customer, id: `Customer_${duplicate}`, mergedInto: `Customer_${duplicate}` },
      'SAME_CUSTOMER',
      'another',
    ],
    ['an erasure and a name', { ...customer, erasedAt: '2025-01-01T00:00:00Z' }, 'CUSTOMER_ERASED', 'leave it out'],
    ['an address without a kind', { ...customer, addresses: [address] }, 'REQUIRED', 'addresses.0.kind is missing'],
    [
      'an address twice',
      {
        ...customer,
        addresses: [
          { kind: 'BILLING', ...address },
          { kind: 'BILLING', ...address },
        ],
      },
      'DUPLICATE_ADDRESS',
      'twice',
    ],
  ],
  orders: [
    ['no customer', { ...order, customer: undefined }, 'REQUIRED', 'customer is missing'],
    ['two contacts', { ...order, customer: { email: 'a@b.example', telephone: '123' } }, 'WRONG_TYPE', 'either'],
    ['an unknown customer', { ...order, customer: `Customer_${newId()}` }, 'UNKNOWN_CUSTOMER', 'There is no customer'],
    [
      'an unknown contact',
      { ...order, customer: { email: 'no@dent.example' } },
      'UNKNOWN_CUSTOMER',
      '"no@dent.example"',
    ],
    ['no time', { ...order, placedAt: undefined }, 'REQUIRED', 'placedAt is missing'],
    ['a day that no month has', { ...order, placedAt: '2025-02-29T00:00:00Z' }, 'INVALID_INSTANT', '"2025-02-29'],
    ['a time without a zone', { ...order, placedAt: '2025-02-28T00:00:00' }, 'INVALID_INSTANT', '"2025-12-12'],
    [
      'a time in microseconds',
      { ...order, placedAt: '2025-02-28T00:00:00.000001Z' },
      'INVALID_INSTANT',
      'milliseconds',
    ],
    ['a time before all years', { ...order, placedAt: '0001-01-01T00:00:00+01:00' }, 'INVALID_INSTANT', '0001 to 9999'],
    ['an unknown status', { ...order, status: 'LOST' }, 'INVALID_VALUE', 'PENDING'],
    [
      'a reason without a cancellation',
      { ...order, cancelReason: 'x' },
      'CANCEL_REASON_WITHOUT_CANCELLATION',
      'COMPLETED',
    ],
    ['an unknown store', { ...order, store: 'milliways' }, 'UNKNOWN_STORE', '"milliways"'],
    ['no store to pick it up', { ...order, store: null }, 'STORE_REQUIRED', 'name the store'],
    ['PICK_UP and a shipping address', { ...shipped, fulfilment: 'PICK_UP' }, 'FULFILMENT_MISMATCH', 'PICK_UP'],
    ['SHIPPED without one', { ...order, fulfilment: 'SHIPPED' }, 'FULFILMENT_MISMATCH', 'give a shipping address'],
    ['an unknown SKU', { ...order, items: [{ ...item, sku: 'NONE' }] }, 'UNKNOWN_SKU', '"NONE"'],
    ['another currency than the product', { ...order, currencyCode: 'EUR' }, 'CURRENCY_MISMATCH', '"FISH-BABEL"'],
    ['no items', { ...order, items: [] }, 'ITEMS_REQUIRED', 'items is empty'],
    ['no quantity', { ...order, items: [{ ...item, quantity: 0 }] }, 'INVALID_QUANTITY', 'items.0.quantity is 0'],
    ['a quantity in text', { ...order, items: [{ ...item, quantity: '1' }] }, 'INVALID_QUANTITY', '"1"'],
    ['no price', { ...order, items: [{ ...item, unitPrice: undefined }] }, 'REQUIRED', 'items.0.unitPrice'],
    ['a shipping address twice', { ...shipped, shippingAddresses: [address, address] }, 'DUPLICATE_ADDRESS', 'twice'],
    [
      'shipments of too much',
      split([{ line: 1, quantity: 2 }], [{ line: 1, quantity: 1 }]),
      'SHIPMENTS_MISMATCH',
      '3 pieces',
    ],
    ['shipments of some', split([{ line: 1, quantity: 2 }], null), 'SHIPMENTS_MISMATCH', 'all or to none'],
    ['a shipment of nothing', split([{ line: 1, quantity: 2 }], []), 'SHIPMENTS_MISMATCH', 'leave the address out'],
    ['a shipment of no line', split([{ line: 2, quantity: 2 }], null), 'SHIPMENTS_MISMATCH', 'items.0.line is 2'],
    [
      'an item’s id twice',
      {
        ...order,
        items: [
          { ...item, id: `OrderItem_${duplicate}` },
          { ...item, id: `OrderItem_${duplicate}` },
        ],
      },
      'DUPLICATE_ID',
      'OrderItem_',
    ],
    ['the id of a customer', { ...order, id: `Order_${known}` }, 'DUPLICATE_ID', 'The database'],
  ],
};

describe.each(Object.entries(cases) as [BulkKind, Case[]][])('A line of %s is refused that has', (kind, table) => {
  let rows: RefusedRow[];
  let [before, after]: Record<string, string>[] = [];

  // One file for all of them, since each is refused for its own reason whatever the others are.
  beforeAll(async () => {
    await importLines(database, 'customers', [
      { id: `Customer_${known}`, email: `${kind}@dent.example`, firstName: 'K' },
    ]);
    before = await shopChecksums(database);
    ({ rows } = await importLines(
      database,
      kind,
      table.map(([, line]) => line),
    ));
    after = await shopChecksums(database);
  });

  test.each(table.map(([why, , code, says], index) => [why, code, says, index + 1] as const))(
    '%s',
    (_, code, says, line) => {
      const row = rows.find(refused => refused.line === line);
      expect(row?.code).toBe(code);
      expect(row?.message).toContain(says);
    },
  );

  test('such faults, and nothing of them is written', () => {
    expect(rows).toHaveLength(table.length);
    expect(after).toEqual(before);
  });
});

describe('Of a file with bad lines among good ones', () => {
  let empty: TestDatabase;
  beforeAll(async () => {
    empty = await createTestDatabase('empty');
  });
  afterAll(() => empty.drop());

  test('the good ones are imported, each as if it came alone after those before it', async () => {
    const [a, b] = [`Customer_${newId()}`, `Customer_${newId()}`];
    const named = { firstName: 'N' };
    const { rows, imported } = await importLines(empty, 'customers', [
      { ...named, id: a, email: 'one@dent.example', telephone: '1' },
      { ...named, id: a, email: 'ONE@dent.example' },
      { ...named, email: 'one@DENT.example', telephone: '222 2' },
      { ...named, telephone: '22-22' },
      { ...named, id: a, email: 'two@dent.example' },
      { ...named, id: b, email: 'two@dent.example', mergedInto: a },
      { ...named, id: b, email: 'three@dent.example', mergedInto: a },
      { ...named, email: 'four@dent.example', mergedInto: b },
    ]);
    expect(rows.map(({ line, code }) => [line, code])).toEqual([
      [1, 'INVALID_TELEPHONE'],
      [3, 'DUPLICATE_EMAIL'],
      [5, 'DUPLICATE_ID'],
      [7, 'DUPLICATE_ID'],
      [8, 'CUSTOMER_MERGED'],
    ]);
    expect(rows[1]!.message).toBe(
      'Line 2 has the email "one@DENT.example" already; give another, or leave the line out.',
    );
    expect(imported).toBe(3);
  });

  test('a customer whose survivor is refused is refused too', async () => {
    const survivor = `Customer_${newId()}`;
    const { rows } = await importLines(empty, 'customers', [
      { id: survivor, telephone: '2222', firstName: 'S' },
      { email: 'five@dent.example', firstName: 'S', mergedInto: survivor },
    ]);
    expect(rows.map(({ line, code }) => [line, code])).toEqual([
      [1, 'DUPLICATE_TELEPHONE'],
      [2, 'UNKNOWN_CUSTOMER'],
    ]);
  });

  test('bytes that are no UTF-8 are refused, and all ends of lines but a newline are let alone', async () => {
    const good = (name: string) => Buffer.from(`${JSON.stringify({ name, address })}\r\n`);
    const { rows } = await importLines(
      empty,
      'stores',
      Buffer.concat([
        Buffer.from('\ufeff'),
        good('A'),
        Buffer.from([0xff, 10]),
        good('B\u2028C'),
        good('D').subarray(0, -2),
      ]),
    );
    expect(rows.map(({ line, code }) => [line, code])).toEqual([[2, 'NOT_UTF8']]);
    expect(await empty.query('select name from stores order by 1')).toEqual([
      { name: 'A' },
      { name: 'B\u2028C' },
      { name: 'D' },
    ]);
  });

  test('what was imported has a history of one entry, by the actor, and makes no event', async () => {
    await empty.query(
      `insert into webhooks (id, url, secret, event_types) values (gen_random_uuid(), 'http://x', 's', '{}')`,
    );
    await importLines(empty, 'products', ['{}', { ...product, sku: 'H' }], { actor: "O'Neill \\" });
    const found = await empty.query(
      `select version, actor, action, changes, subject = (select id from products where sku = 'H') as own
       from history where subject_type = 'PRODUCT'`,
    );
    expect(found).toEqual([
      {
        version: 1,
        actor: "O'Neill \\",
        action: 'IMPORTED',
        changes: [{ field: 'line', before: null, after: 2 }],
        own: true,
      },
    ]);
    expect(await empty.query('select from webhook_deliveries')).toEqual([]);
  });
});
