import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { productId, sampleProduct, sampleProducts } from '../../seeders/sample-data.js';
import { toGlobalId } from '../../src/graphql/global-id.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const globalId = (sku: string) => toGlobalId('Product', productId(sku));

describe('A product', () => {
  it.each(sampleProducts.map(({ sku }) => sku))('%s is found by id, at the price of today', async sku => {
    const { product } = await app.ask(
      'query ($id: ID!) { product(id: $id) { id sku name description state price { amount currencyCode } } }',
      { id: globalId(sku) },
    );
    const { name, description, state, price } = sampleProduct(sku);
    expect(product).toEqual({
      id: globalId(sku),
      sku,
      name,
      description,
      state,
      price: { amount: price, currencyCode: 'USD' },
    });
  });

  it('is null for an id that no product has', async () => {
    const { product } = await app.ask('{ product(id: "Product_00000000-0000-7000-8000-000000000000") { id } }');
    expect(product).toBeNull();
  });

  it.each([
    ['dollars have two decimals', '5', 'USD', '5.00'],
    ['dollars keep decimals beyond two', '0.0025', 'USD', '0.0025'],
    ['dollars fill one decimal up', '7.5', 'USD', '7.50'],
    ['yen have no decimals', '500', 'JPY', '500'],
    ['dinars have three decimals', '1.5', 'KWD', '1.500'],
    ['an unknown currency has two decimals', '3', 'QQQ', '3.00'],
    ['nothing costs nothing', '0', 'USD', '0.00'],
    ['a large amount is exact', '999999999999.9999', 'USD', '999999999999.9999'],
  ])('has an exact price: %s', async (_what, price, currencyCode, amount) => {
    const [row] = await app.database.query<{ id: string }>(
      `insert into products (id, sku, name, price, currency_code)
       values (gen_random_uuid(), 'PRICE-TEST', 'Price test', $1, $2) returning id`,
      [price, currencyCode],
    );
    const { product } = await app.ask('query ($id: ID!) { product(id: $id) { price { amount currencyCode } } }', {
      id: toGlobalId('Product', row!.id),
    });
    await app.database.query('delete from products where id = $1', [row!.id]);
    expect(product.price).toEqual({ amount, currencyCode });
  });
});

describe('The products', () => {
  it.each([
    ['by name without being asked', '', 'name, id'],
    ['by name', '(sort: NAME)', 'name, id'],
    ['by name backwards', '(sort: NAME, direction: DESC)', 'name desc, id desc'],
    ['by SKU', '(sort: SKU, direction: ASC)', 'sku'],
    ['by SKU backwards', '(sort: SKU, direction: DESC)', 'sku desc'],
    ['by price', '(sort: PRICE, direction: ASC)', 'price, id'],
    ['by price backwards', '(sort: PRICE, direction: DESC)', 'price desc, id desc'],
  ])('are sorted %s', async (_how, args, orderBy) => {
    const { products } = await app.ask(`{ products${args} { nodes { sku } totalCount } }`);
    const expected = await app.database.query(`select sku from products order by ${orderBy}`);
    expect(products).toEqual({ nodes: expected.slice(0, 20), totalCount: expected.length });
  });

  it.each(['ACTIVE', 'RETIRED'])('are those that are %s when that is asked', async state => {
    const { products } = await app.ask(
      'query ($state: ProductState) { products(state: $state, sort: SKU) { nodes { sku state } totalCount } }',
      { state },
    );
    const expected = await app.database.query('select sku, state from products where state = $1 order by sku', [state]);
    expect(products.nodes).toEqual(expected);
    expect(products.totalCount).toBe(expected.length);
    expect(expected).not.toHaveLength(0);
  });

  it('are all for a state of null', async () => {
    const { products } = await app.ask('{ products(state: null) { totalCount } }');
    expect(products.totalCount).toBe(sampleProducts.length);
  });
});

describe('A product’s order items', () => {
  it('are the lines that sold it, newest first', async () => {
    const { products } = await app.ask(
      `{ products(first: 100) { nodes { id orderItems(first: 100) { nodes { id product { id } } totalCount } } } }`,
    );
    for (const { id, orderItems } of products.nodes) {
      const rows = await app.database.query<{ id: string }>(
        `select i.id from order_items i join orders o on o.id = i.order_id
         where product_id = $1 order by o.placed_at desc, i.id desc`,
        [id.slice('Product_'.length)],
      );
      expect(orderItems).toEqual({
        nodes: rows.map(row => ({ id: toGlobalId('OrderItem', row.id), product: { id } })),
        totalCount: rows.length,
      });
    }
  });
});
