import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressId, sampleStores, storeId } from '../../seeders/sample-data.js';
import { toGlobalId } from '../../src/graphql/global-id.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const globalId = (name: string) => toGlobalId('Store', storeId(name));

describe('A store', () => {
  it('is found by id, with its address', async () => {
    const { store } = await app.ask('query ($id: ID!) { store(id: $id) { id name state address { id } } }', {
      id: globalId('Milliways'),
    });
    expect(store).toEqual({
      id: globalId('Milliways'),
      name: 'Milliways',
      state: 'ACTIVE',
      address: { id: toGlobalId('Address', addressId('restaurant')) },
    });
  });

  it('is null for an id that no store has', async () => {
    const { store } = await app.ask('{ store(id: "Store_00000000-0000-7000-8000-000000000000") { id } }');
    expect(store).toBeNull();
  });
});

describe('The stores', () => {
  it.each([
    ['are sorted by name', '', 'order by name'],
    ['are sorted by name backwards when that is asked', '(direction: DESC)', 'order by name desc'],
    ['are those that sell when that is asked', '(state: ACTIVE)', `where state = 'ACTIVE' order by name`],
    ['are those closed for good when that is asked', '(state: RETIRED)', `where state = 'RETIRED' order by name`],
    ['are all for a state of null', '(state: null)', 'order by name'],
  ])('%s', async (_what, args, sql) => {
    const { stores } = await app.ask(`{ stores${args} { nodes { name } totalCount } }`);
    const expected = await app.database.query(`select name from stores ${sql}`);
    expect(stores).toEqual({ nodes: expected, totalCount: expected.length });
    expect(expected).not.toHaveLength(0);
  });
});

describe('A store’s orders', () => {
  it.each(sampleStores.map(({ name }) => name))(
    'are those placed in %s, newest first, shipped ones too',
    async name => {
      const { store } = await app.ask(
        'query ($id: ID!) { store(id: $id) { orders(first: 100) { nodes { id store { id } } totalCount } } }',
        { id: globalId(name) },
      );
      const rows = await app.database.query<{ id: string }>(
        'select id from orders where store_id = $1 order by placed_at desc, id desc',
        [storeId(name)],
      );
      expect(store.orders).toEqual({
        nodes: rows.map(({ id }) => ({ id: toGlobalId('Order', id), store: { id: globalId(name) } })),
        totalCount: rows.length,
      });
    },
  );

  it('can be narrowed and reversed', async () => {
    const { store } = await app.ask(
      'query ($id: ID!) { store(id: $id) { orders(direction: ASC, filter: { inStore: true }) { nodes { id } totalCount } } }',
      { id: globalId('Milliways') },
    );
    const rows = await app.database.query<{ id: string }>(
      `select id from orders where store_id = $1 and fulfilment = 'PICK_UP' order by placed_at, id`,
      [storeId('Milliways')],
    );
    expect(store.orders).toEqual({
      nodes: rows.map(({ id }) => ({ id: toGlobalId('Order', id) })),
      totalCount: rows.length,
    });
    expect(rows).not.toHaveLength(0);
  });
});
