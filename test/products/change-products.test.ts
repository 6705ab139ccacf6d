import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const lamp = { sku: 'LAMP', name: 'Lava Lamp', price: '12.50', currencyCode: 'USD' };
const unknown = 'Product_00000000-0000-7000-8000-000000000000';
const fields = 'product { id sku name description price { amount currencyCode } taxRate state version }';

let number = 0;
async function create(changes: object = {}) {
  const sku = `P-${(number += 1)}`;
  const { product, userErrors } = await app.change('createProduct', { ...lamp, sku, ...changes }, fields);
  expect(userErrors).toEqual([]);
  return product;
}

async function historyOf(id: string) {
  const query = `query ($id: ID!) { product(id: $id) { history(direction: ASC) { nodes { version action changes { field before after } } } } }`;
  return (await app.ask(query, { id })).product.history.nodes;
}

describe('A product', () => {
  test('is created with what is given, trimmed, and can be ordered', async () => {
    const product = await create({ sku: ' TRIM ', name: ' Lava Lamp ', taxRate: '8.875' });
    expect(product).toEqual({
      id: expect.stringMatching(/^Product_/),
      sku: 'TRIM',
      name: 'Lava Lamp',
      description: '',
      price: { amount: '12.50', currencyCode: 'USD' },
      taxRate: '8.875',
      state: 'ACTIVE',
      version: 1,
    });
    expect((await app.ask('query ($id: ID!) { product(id: $id) { name } }', { id: product.id })).product.name).toBe(
      'Lava Lamp',
    );
  });

  test('is changed in what is given alone, and its history tells what it was', async () => {
    const { id } = await create();
    const { product, userErrors } = await app.change(
      'updateProduct',
      { id, expectedVersion: 1, price: '13', description: 'Warm.' },
      fields,
    );
    expect(userErrors).toEqual([]);
    expect(product).toMatchObject({ name: 'Lava Lamp', description: 'Warm.', price: { amount: '13.00' }, version: 2 });
    const [created, updated] = await historyOf(id);
    expect(created).toMatchObject({ version: 1, action: 'CREATED' });
    expect(updated).toEqual({
      version: 2,
      action: 'UPDATED',
      changes: [
        { field: 'description', before: '', after: 'Warm.' },
        { field: 'price', before: '12.50', after: '13' },
      ],
    });
  });

  test('is shown as it is by each of several mutations in one request', async () => {
    const { id } = await create();
    const rename = (name: string) =>
      `updateProduct(input: { id: "${id}", name: "${name}" }) { product { name version } }`;
    expect(await app.ask(`mutation { a: ${rename('A')} b: ${rename('B')} }`)).toEqual({
      a: { product: { name: 'A', version: 2 } },
      b: { product: { name: 'B', version: 3 } },
    });
  });

  test('keeps its version when nothing of it changes', async () => {
    const { id, name } = await create();
    const { product } = await app.change('updateProduct', { id, name }, fields);
    expect(product.version).toBe(1);
    expect(await historyOf(id)).toHaveLength(1);
  });

  test('is retired for good, once', async () => {
    const { id } = await create();
    expect((await app.change('retireProduct', { id }, fields)).product).toMatchObject({ state: 'RETIRED', version: 2 });
    expect((await app.change('retireProduct', { id }, fields)).product).toMatchObject({ state: 'RETIRED', version: 2 });
  });

  test.each([
    ['a blank SKU', { sku: ' ' }, 'sku: REQUIRED'],
    ['a blank name', { name: '' }, 'name: REQUIRED'],
    ['a name without end', { name: 'x'.repeat(201) }, 'name: TOO_LONG'],
    ['a description without end', { description: 'x'.repeat(10_001) }, 'description: TOO_LONG'],
    ['a price below zero', { price: '-0.01' }, 'price: INVALID_PRICE'],
    ['a price with five decimals', { price: '1.00001' }, 'price: INVALID_PRICE'],
    ['a price of thirteen digits', { price: '1000000000000' }, 'price: INVALID_PRICE'],
    ['a currency that is none', { currencyCode: 'usd' }, 'currencyCode: UNKNOWN_CURRENCY'],
    ['a tax rate above 100', { taxRate: '100.01' }, 'taxRate: INVALID_TAX_RATE'],
    ['a tax rate below zero', { taxRate: '-1' }, 'taxRate: INVALID_TAX_RATE'],
    ['a SKU that another has', { sku: 'TOWEL-BEACH' }, 'sku: SKU_TAKEN'],
  ])('with %s is refused, when it is made and when it is changed', async (_what, changes, refusal) => {
    const shown = (payload: { userErrors: { field: string | null; code: string }[] }) =>
      payload.userErrors.map(({ field, code }) => `${field}: ${code}`);
    expect(shown(await app.change('createProduct', { ...lamp, sku: `P-${(number += 1)}`, ...changes }))).toEqual([
      refusal,
    ]);
    const product = await create();
    expect(shown(await app.change('updateProduct', { id: product.id, ...changes }))).toEqual([refusal]);
    expect(
      (await app.ask('query ($id: ID!) { product(id: $id) { version } }', { id: product.id })).product.version,
    ).toBe(1);
  });

  test.each(['sku', 'name', 'price', 'currencyCode', 'taxRate'])('cannot lose its %s', async field => {
    const { id } = await create();
    const { userErrors } = await app.change('updateProduct', { id, [field]: null });
    expect(userErrors).toHaveLength(1);
    expect(userErrors[0]!.field).toBe(field);
  });

  test('is refused with all of its problems together', async () => {
    const { product, userErrors } = await app.change(
      'createProduct',
      { sku: '', name: '', price: 'x1'.slice(1), currencyCode: 'X', taxRate: '101' },
      fields,
    );
    expect(product).toBeNull();
    expect(userErrors.map(({ field }) => field).sort()).toEqual(['currencyCode', 'name', 'sku', 'taxRate']);
  });

  test.each(['updateProduct', 'retireProduct'])('that there is not is refused by %s', async mutation => {
    const { product, userErrors } = await app.change(mutation, { id: unknown }, fields);
    expect(product).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'UNKNOWN_PRODUCT', field: 'id' }]);
  });

  test.each(['updateProduct', 'retireProduct'])('of another version is a conflict for %s', async mutation => {
    const { id } = await create();
    await app.change('updateProduct', { id, name: 'Renamed' });
    const { product, userErrors } = await app.change(mutation, { id, expectedVersion: 1 }, fields);
    expect(userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
    expect(product).toMatchObject({ name: 'Renamed', version: 2, state: 'ACTIVE' });
  });

  test('is changed by one of many who saw the same version', async () => {
    const { id } = await create();
    const payloads = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        app.change('updateProduct', { id, expectedVersion: 1, name: `Lamp ${index}` }, fields),
      ),
    );
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(await historyOf(id)).toHaveLength(2);
  });
});

describe('The stock of a product', () => {
  const level = 'stockLevel { id onHand reserved available version product { sku } store { name } }';

  test('is counted or corrected, in the warehouse and in each store, with a history', async () => {
    const { sku, id } = await create();
    const { stores } = await app.ask('{ stores(first: 1) { nodes { id name } } }');
    const [store] = stores.nodes;
    expect((await app.change('adjustStock', { sku, to: 10 }, level)).stockLevel).toMatchObject({
      onHand: 10,
      reserved: 0,
      available: 10,
      store: null,
      product: { sku },
    });
    const { stockLevel } = await app.change('adjustStock', { productId: id, by: -3 }, level);
    expect(stockLevel).toMatchObject({ onHand: 7, available: 7 });
    await app.change('adjustStock', { sku, storeId: store.id, by: 4 });
    const { product } = await app.ask(
      'query ($id: ID!) { product(id: $id) { stockLevels { onHand store { name } history { nodes { action changes { field before after } } } } } }',
      { id },
    );
    expect(product.stockLevels).toMatchObject([
      {
        onHand: 7,
        store: null,
        history: {
          nodes: [
            { action: 'ADJUSTED', changes: [{ field: 'onHand', before: 10, after: 7 }] },
            { action: 'ADJUSTED', changes: [{ field: 'onHand', before: 0, after: 10 }] },
          ],
        },
      },
      { onHand: 4, store: { name: store.name } },
    ]);
  });

  test.each([
    ['nothing to do', {}, 'null: EXACTLY_ONE_REQUIRED'],
    ['two things to do', { by: 1, to: 1 }, 'null: EXACTLY_ONE_REQUIRED'],
    ['less than nothing', { to: -1 }, 'to: INVALID_QUANTITY'],
    ['more taken than there is', { by: -1 }, 'by: INVALID_QUANTITY'],
    ['more than a place can hold', { to: 1_000_000_001 }, 'to: INVALID_QUANTITY'],
    [
      'a store that is none',
      { to: 1, storeId: 'Store_00000000-0000-7000-8000-000000000000' },
      'storeId: UNKNOWN_STORE',
    ],
    ['another version', { to: 1, expectedVersion: 7 }, 'expectedVersion: VERSION_CONFLICT'],
  ])('is not changed by %s', async (_what, input, refusal) => {
    const { sku } = await create();
    const { userErrors } = await app.change('adjustStock', { sku, ...input }, level);
    expect(userErrors.map(({ field, code }) => `${field}: ${code}`)).toEqual([refusal]);
  });

  test.each([
    [{ sku: 'NOPE' }, 'sku: UNKNOWN_PRODUCT'],
    [{ productId: unknown }, 'productId: UNKNOWN_PRODUCT'],
    [{}, 'null: EXACTLY_ONE_REQUIRED'],
  ])('needs a product: %j', async (product, refusal) => {
    const { userErrors } = await app.change('adjustStock', { ...product, to: 1 }, level);
    expect(userErrors.map(({ field, code }) => `${field}: ${code}`)).toEqual([refusal]);
  });

  test('cannot be counted as less than what is reserved', async () => {
    const { stockLevel, userErrors } = await app.change('adjustStock', { sku: 'BOOK-VOGON', to: 0 }, level);
    expect(userErrors).toEqual([]);
    expect(stockLevel.onHand).toBe(0);
    const refused = await app.change('adjustStock', { sku: 'TOWEL-BEACH', to: 1 }, level);
    expect(refused.userErrors).toMatchObject([{ code: 'INSUFFICIENT_STOCK', field: 'to' }]);
    expect(refused.stockLevel.onHand).toBe(500);
  });
});
