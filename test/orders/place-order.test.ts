import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  arthur,
  cottage,
  countRows,
  earth,
  flat,
  krikkit,
  milliways,
  pickedUp,
  place,
  shipped,
  starship,
  stockOf,
} from './order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.change('createProduct', { sku: 'EURO', name: 'Euro Towel', price: '20', currencyCode: 'EUR' });
});
afterAll(() => app.close());

const unknown = (type: string) => `${type}_00000000-0000-7000-8000-000000000000`;

/** Where and why a placement is refused, with nothing written. */
async function refusals(changes: object): Promise<string[]> {
  const before = await countRows(app);
  const { order, userErrors } = await app.change('placeOrder', { ...shipped, ...changes }, 'order { id }');
  expect(order).toBeNull();
  expect(await countRows(app)).toEqual(before);
  return userErrors.map(({ field, code }) => `${field}: ${code}`).sort();
}

describe('An order', () => {
  test('that is shipped has the products’ names, prices and tax rates, and is PENDING', async () => {
    await app.change('createProduct', { sku: 'TAXED', name: 'Tea', price: '1.15', currencyCode: 'USD', taxRate: '19' });
    await app.change('adjustStock', { sku: 'TAXED', to: 10 });
    const order = await place(
      app,
      {
        items: [
          { sku: 'TAXED', quantity: 3 },
          { sku: 'TOWEL-BEACH', quantity: 2 },
        ],
      },
      `status version fulfilment store { name } placedAt customer { firstName } billingAddress { zipCode }
       shippingAddresses { zipCode } shipments { items { quantity } }
       items { lineNumber productName quantity taxRate unitPrice { amount currencyCode } subtotal { amount } tax { amount } lineTotal { amount } }
       subtotal { amount } tax { amount } total { amount currencyCode }`,
    );
    expect(order).toEqual({
      status: 'PENDING',
      version: 1,
      fulfilment: 'SHIPPED',
      store: null,
      placedAt: expect.stringMatching(/^20/),
      customer: { firstName: 'Arthur' },
      billingAddress: { zipCode: 'CT42 1AD' },
      shippingAddresses: [{ zipCode: 'CT42 1AD' }],
      shipments: [],
      items: [
        {
          lineNumber: 1,
          productName: 'Tea',
          quantity: 3,
          taxRate: '19',
          unitPrice: { amount: '1.15', currencyCode: 'USD' },
          subtotal: { amount: '3.45' },
          // 0.6555
          tax: { amount: '0.66' },
          lineTotal: { amount: '4.11' },
        },
        {
          lineNumber: 2,
          productName: 'Beach Towel',
          quantity: 2,
          taxRate: '0',
          unitPrice: { amount: '24.50', currencyCode: 'USD' },
          subtotal: { amount: '49.00' },
          tax: { amount: '0.00' },
          lineTotal: { amount: '49.00' },
        },
      ],
      subtotal: { amount: '52.45' },
      tax: { amount: '0.66' },
      total: { amount: '53.11', currencyCode: 'USD' },
    });
  });

  test('that is shipped takes its pieces out of the warehouse, one that is picked up out of its store', async () => {
    const before = [await stockOf(app, 'TOWEL-BEACH'), await stockOf(app, 'TOWEL-BEACH', 'Milliways')];
    await place(app);
    const { fulfilment, store, shippingAddresses } = await place(
      app,
      { ...pickedUp, items: [{ sku: 'TOWEL-BEACH', quantity: 3 }] },
      'fulfilment store { name } shippingAddresses { id }',
    );
    expect({ fulfilment, store, shippingAddresses }).toEqual({
      fulfilment: 'PICK_UP',
      store: { name: 'Milliways' },
      shippingAddresses: [],
    });
    const after = [await stockOf(app, 'TOWEL-BEACH'), await stockOf(app, 'TOWEL-BEACH', 'Milliways')];
    expect(after.map(({ onHand }, index) => onHand - before[index]!.onHand)).toEqual([0, 0]);
    expect(after.map(({ reserved }, index) => reserved - before[index]!.reserved)).toEqual([2, 3]);
  });

  test('that is placed in a store and shipped takes its pieces out of the warehouse', async () => {
    const before = await stockOf(app, 'TOWEL-BEACH', 'Milliways');
    const { store } = await place(app, { storeId: milliways }, 'store { name }');
    expect(store).toEqual({ name: 'Milliways' });
    expect(await stockOf(app, 'TOWEL-BEACH', 'Milliways')).toEqual(before);
  });

  test('names products by id or by SKU', async () => {
    const { items } = await place(app, {}, 'items { product { id } }');
    const byId = await place(
      app,
      { items: [{ productId: items[0].product.id, quantity: 1 }] },
      'items { product { sku } }',
    );
    expect(byId.items).toEqual([{ product: { sku: 'TOWEL-BEACH' } }]);
  });

  test('by a contact that is known is that customer’s, whose name stays', async () => {
    const contact = { email: 'ARTHUR.dent@Cottington.example', firstName: 'Artie' };
    const { customer } = await place(app, { customer: { contact } }, 'customer { id firstName }');
    expect(customer).toEqual({ id: arthur, firstName: 'Arthur' });
  });

  test('by a contact that is new makes the customer, with the addresses of the order', async () => {
    const { customer, shippingAddresses } = await place(
      app,
      {
        customer: { contact: { email: 'eddie@heart-of-gold.example', firstName: 'Eddie' } },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      },
      `shippingAddresses { id } customer { firstName email version history { totalCount }
        billing: addresses(kind: BILLING) { id zipCode } shipping: addresses(kind: SHIPPING) { id zipCode } }`,
    );
    expect(customer).toMatchObject({ firstName: 'Eddie', email: 'eddie@heart-of-gold.example' });
    expect(customer.billing).toEqual([{ id: shippingAddresses[0].id, zipCode: 'N1 0AA' }]);
    expect(customer.shipping).toEqual(customer.billing);
    expect(customer.history.totalCount).toBe(customer.version);
  });

  test('with a new address that the customer has already uses that one', async () => {
    const home = { line1: 'The Cottage', city: 'Cottington', zipCode: 'CT42 1AD', countryCode: 'gb' };
    const first = await place(app, { billingAddress: { newAddress: home } }, 'billingAddress { id }');
    const second = await place(app, { billingAddress: { newAddress: home } }, 'billingAddress { id }');
    expect(second).toEqual(first);
  });

  test('that is split sends each piece to one address', async () => {
    const { shipments } = await place(
      app,
      {
        items: [
          { sku: 'TOWEL-BEACH', quantity: 5 },
          { sku: 'FISH-BABEL', quantity: 1 },
        ],
        shipments: [{ addressId: flat, items: [{ sku: 'TOWEL-BEACH', quantity: 2 }] }, { addressId: cottage }],
      },
      'shipments { address { id } items { quantity item { productName } } }',
    );
    const towels = (quantity: number) => ({ quantity, item: { productName: 'Beach Towel' } });
    expect(shipments).toHaveLength(2);
    expect(shipments).toContainEqual({ address: { id: flat }, items: [towels(2)] });
    expect(shipments).toContainEqual({
      address: { id: cottage },
      items: [towels(3), { quantity: 1, item: { productName: 'Babel Fish' } }],
    });
  });

  test('keeps its price, name and tax rate whatever becomes of the product', async () => {
    const created = { sku: 'CHANGING', name: 'Old Name', price: '10', currencyCode: 'USD', taxRate: '5' };
    const { product } = await app.change('createProduct', created, 'product { id }');
    await app.change('adjustStock', { sku: 'CHANGING', to: 1 });
    const order = await place(app, { items: [{ sku: 'CHANGING', quantity: 1 }] }, 'id total { amount }');
    const changes = { name: 'New Name', price: '99', currencyCode: 'EUR', taxRate: '50', sku: 'CHANGED' };
    expect((await app.change('updateProduct', { id: product.id, ...changes })).userErrors).toEqual([]);
    await app.change('retireProduct', { id: product.id });
    const { order: now } = await app.ask(
      'query ($id: ID!) { order(id: $id) { id total { amount } items { productName taxRate product { name state } } } }',
      { id: order.id },
    );
    expect(now).toEqual({
      id: order.id,
      total: { amount: '10.50' },
      items: [{ productName: 'Old Name', taxRate: '5', product: { name: 'New Name', state: 'RETIRED' } }],
    });
  });
});

describe('A placement is refused, and nothing is written,', () => {
  test.each<[string, object, string]>([
    ['of an unknown SKU', { items: [{ sku: 'TOWEL-BATH', quantity: 1 }] }, 'items.0.sku: UNKNOWN_PRODUCT'],
    [
      'of an unknown id',
      { items: [{ productId: unknown('Product'), quantity: 1 }] },
      'items.0.productId: UNKNOWN_PRODUCT',
    ],
    ['of a product without a name', { items: [{ quantity: 1 }] }, 'items.0: EXACTLY_ONE_REQUIRED'],
    ['of a retired product', { items: [{ sku: 'DOOR-CHEERFUL', quantity: 1 }] }, 'items.0: PRODUCT_RETIRED'],
    ['of a product in another currency', { items: [{ sku: 'EURO', quantity: 1 }] }, 'items.0: CURRENCY_MISMATCH'],
    ['in a currency that is none', { currencyCode: 'GALACTIC' }, 'currencyCode: UNKNOWN_CURRENCY'],
    ['of no pieces', { items: [{ sku: 'TOWEL-BEACH', quantity: 0 }] }, 'items.0.quantity: INVALID_QUANTITY'],
    ['of fewer than none', { items: [{ sku: 'TOWEL-BEACH', quantity: -1 }] }, 'items.0.quantity: INVALID_QUANTITY'],
    ['of too many', { items: [{ sku: 'TOWEL-BEACH', quantity: 1_000_001 }] }, 'items.0.quantity: INVALID_QUANTITY'],
    [
      'of more than is in stock',
      { items: [{ sku: 'BOOK-VOGON', quantity: 501 }] },
      'items.0.quantity: INSUFFICIENT_STOCK',
    ],
    [
      'of more than is in the store',
      { ...pickedUp, items: [{ sku: 'BOOK-VOGON', quantity: 26 }] },
      'items.0.quantity: INSUFFICIENT_STOCK',
    ],
    ['of nothing', { items: [] }, 'items: ITEMS_REQUIRED'],
    [
      'of too many lines',
      { items: Array.from({ length: 201 }, () => ({ sku: 'TOWEL-BEACH', quantity: 1 })) },
      'items: TOO_MANY',
    ],
    [
      'of a product twice',
      {
        items: [
          { sku: 'FISH-BABEL', quantity: 1 },
          { sku: 'FISH-BABEL', quantity: 2 },
        ],
      },
      'items.1: DUPLICATE_ITEM',
    ],
    [
      'by an unknown customer',
      {
        customer: { id: unknown('Customer') },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      },
      'customer.id: UNKNOWN_CUSTOMER',
    ],
    [
      'by nobody',
      { customer: {}, billingAddress: { newAddress: earth }, shipments: [{ newAddress: earth }] },
      'customer: EXACTLY_ONE_REQUIRED',
    ],
    [
      'by a contact that is none',
      {
        customer: { contact: { email: 'nobody', firstName: 'No' } },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      },
      'customer.contact.email: INVALID_EMAIL',
    ],
    [
      'by a new customer without a name',
      {
        customer: { contact: { email: 'no@name.example' } },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      },
      'customer.contact.lastName: REQUIRED',
    ],
    [
      'by two customers',
      {
        customer: { contact: { email: 'ford.prefect@megadodo.example', telephone: '+44 1632 960042' } },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      },
      'customer.contact: CONTACT_CLASH',
    ],
    [
      'to an unknown address',
      { billingAddress: { addressId: unknown('Address') } },
      'billingAddress.addressId: UNKNOWN_ADDRESS',
    ],
    [
      'to an address of another customer',
      { billingAddress: { addressId: starship } },
      'billingAddress.addressId: ADDRESS_OF_ANOTHER_CUSTOMER',
    ],
    [
      'shipped to an address of another customer',
      { shipments: [{ addressId: starship }] },
      'shipments.0.addressId: ADDRESS_OF_ANOTHER_CUSTOMER',
    ],
    ['to no address', { billingAddress: {} }, 'billingAddress: EXACTLY_ONE_REQUIRED'],
    [
      'to a country that is none',
      { billingAddress: { newAddress: { ...earth, countryCode: 'ZZ' } } },
      'billingAddress.newAddress.countryCode: UNKNOWN_COUNTRY',
    ],
    [
      'to a blank street',
      { billingAddress: { newAddress: { ...earth, line1: ' ' } } },
      'billingAddress.newAddress.line1: REQUIRED',
    ],
    ['of a pick-up without a store', { ...pickedUp, storeId: null }, 'storeId: STORE_REQUIRED'],
    ['of a pick-up in an unknown store', { ...pickedUp, storeId: unknown('Store') }, 'storeId: UNKNOWN_STORE'],
    [
      'of a pick-up with shipments',
      { ...pickedUp, shipments: [{ addressId: cottage }] },
      'shipments: PICK_UP_HAS_SHIPMENTS',
    ],
    ['of goods that are shipped nowhere', { shipments: [] }, 'shipments: SHIPPING_ADDRESS_REQUIRED'],
    [
      'of two shipments to one address',
      { shipments: [{ addressId: cottage }, { addressId: cottage }] },
      'shipments.1: DUPLICATE_SHIPMENT',
    ],
    [
      'of pieces that go nowhere',
      { shipments: [{ addressId: cottage, items: [{ sku: 'TOWEL-BEACH', quantity: 1 }] }] },
      'shipments: SHIPMENTS_MISMATCH',
    ],
    [
      'of more pieces shipped than ordered',
      { shipments: [{ addressId: cottage, items: [{ sku: 'TOWEL-BEACH', quantity: 3 }] }] },
      'shipments.0.items.0: SHIPMENTS_MISMATCH',
    ],
    [
      'of an address that nothing goes to',
      { shipments: [{ addressId: cottage, items: [{ sku: 'TOWEL-BEACH', quantity: 2 }] }, { addressId: flat }] },
      'shipments.1: SHIPMENTS_MISMATCH',
    ],
    [
      'of two shipments that both get the rest',
      { shipments: [{ addressId: cottage }, { addressId: flat }] },
      'shipments.1: SHIPMENTS_MISMATCH',
    ],
    ['under a key that is blank', { idempotencyKey: ' ' }, 'idempotencyKey: REQUIRED'],
    ['under a key without end', { idempotencyKey: 'k'.repeat(201) }, 'idempotencyKey: TOO_LONG'],
  ])('%s', async (_what, changes, refusal) => {
    expect(await refusals(changes)).toContain(refusal);
  });

  test('in a store that is retired', async () => {
    expect(await refusals({ ...pickedUp, storeId: krikkit })).toContain('storeId: STORE_RETIRED');
  });

  test('for all of its problems together', async () => {
    expect(
      await refusals({
        fulfilment: 'PICK_UP',
        shipments: [{ addressId: starship }],
        billingAddress: { addressId: starship },
        items: [
          { sku: 'TOWEL-BATH', quantity: 1 },
          { sku: 'DOOR-CHEERFUL', quantity: 1 },
          { sku: 'EURO', quantity: 1 },
          { sku: 'FISH-BABEL', quantity: 0 },
        ],
      }),
    ).toEqual([
      'billingAddress.addressId: ADDRESS_OF_ANOTHER_CUSTOMER',
      'items.0.sku: UNKNOWN_PRODUCT',
      'items.1: PRODUCT_RETIRED',
      'items.2: CURRENCY_MISMATCH',
      'items.3.quantity: INVALID_QUANTITY',
      'shipments: PICK_UP_HAS_SHIPMENTS',
      'storeId: STORE_REQUIRED',
    ]);
  });

  test('with a message that names the value and the remedy', async () => {
    const { userErrors } = await app.change('placeOrder', {
      ...shipped,
      items: [{ sku: 'BOOK-VOGON', quantity: 501 }],
    });
    expect(userErrors[0]!.message).toBe('501 pieces of "BOOK-VOGON" are wanted and 500 can be ordered; take fewer.');
  });

  test('with a message that is short however long the value is', async () => {
    const { userErrors } = await app.change('placeOrder', {
      ...shipped,
      items: [{ sku: 'x'.repeat(100_000), quantity: 1 }],
    });
    expect(userErrors[0]!.message.length).toBeLessThan(200);
  });

  test('as an error of the request when an id is of another type', async () => {
    const { errors } = await app.send(
      'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }',
      { input: { ...shipped, customer: { id: cottage } } },
    );
    expect(errors![0]!.extensions.code).toBe('INVALID_ID');
  });
});
