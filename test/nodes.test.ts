import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';

let app: TestApp;
let operator: Caller;
beforeAll(async () => {
  app = await startTestApp();
  const webhook = 'createWebhook(input: { url: "http://127.0.0.1:1" }) { userErrors { code } }';
  await app.ask(`mutation { a: ${webhook} b: ${webhook} c: ${webhook} }`);
  await Promise.all([app.as(Role.CLERK), app.as(Role.MANAGER)]);
  operator = await app.as(Role.OPERATOR);
  const adjust = 'adjustStock(input: { sku: "FISH-BABEL", by: 1 }) { userErrors { code } }';
  await app.ask(`mutation { a: ${adjust} b: ${adjust} c: ${adjust} }`);
});
afterAll(() => app.close());

/** The types that have an id, as the schema says. */
async function nodeTypes(): Promise<string[]> {
  const { __type } = await app.ask('{ __type(name: "Node") { possibleTypes { name } } }');
  return __type.possibleTypes.map(({ name }: { name: string }) => name);
}

const tables: Record<string, { table: string; key: string }> = {
  Address: { table: 'addresses', key: 'id' },
  Country: { table: 'platform.countries', key: 'iso2_code' },
  Customer: { table: 'customers', key: 'id' },
  HistoryEntry: { table: 'history', key: 'id' },
  Order: { table: 'orders', key: 'id' },
  OrderItem: { table: 'order_items', key: 'id' },
  Page: { table: 'pages', key: 'id' },
  Product: { table: 'products', key: 'id' },
  Session: { table: 'sessions', key: 'id' },
  StockLevel: { table: 'stock_levels', key: 'id' },
  Store: { table: 'stores', key: 'id' },
  Task: { table: 'tasks', key: 'id' },
  Tenant: { table: 'platform.tenants', key: 'id' },
  User: { table: 'users', key: 'id' },
  Webhook: { table: 'webhooks', key: 'id' },
  WebhookDelivery: { table: 'webhook_deliveries', key: 'id' },
};

/** Ids of objects of a type that stand in the database. */
async function idsOf(typeName: string): Promise<string[]> {
  const { table, key } = tables[typeName]!;
  const rows = await app.database.query<{ id: string }>(`select ${key}::text as id from ${table} order by 1 limit 3`);
  return rows.map(({ id }) => `${typeName}_${id}`);
}

/** Who may see objects of a type. */
const callerFor = (typeName: string) => (typeName === 'Tenant' ? operator : app);

const nodes = async (ids: string[]) =>
  (await app.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })).nodes;

describe('A node', () => {
  it('can be of every type that has an id', async () => {
    expect((await nodeTypes()).sort()).toEqual(Object.keys(tables));
  });

  it.each(Object.keys(tables))('is found by the id of the type %s alone, and has that id', async typeName => {
    for (const id of await idsOf(typeName)) {
      const { node } = await callerFor(typeName).ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(node).toEqual({ __typename: typeName, id });
    }
  });

  it('gives the fields and relations of its type', async () => {
    const [id] = await idsOf('OrderItem');
    const { node } = await app.ask(
      `query ($id: ID!) { node(id: $id) {
         ... on OrderItem { lineNumber quantity unitPrice { amount } order { items { id } } }
         ... on Customer { firstName } } }`,
      { id },
    );
    expect(node).toMatchObject({ lineNumber: expect.any(Number), quantity: expect.any(Number) });
    expect(node.order.items.map((item: { id: string }) => item.id)).toContain(id);
    expect(node).not.toHaveProperty('firstName');
  });

  it.each(Object.keys(tables).filter(name => name !== 'Country'))('is null for an unknown id of %s', async typeName => {
    const { node } = await callerFor(typeName).ask('query ($id: ID!) { node(id: $id) { id } }', {
      id: `${typeName}_00000000-0000-7000-8000-000000000000`,
    });
    expect(node).toBeNull();
  });

  it('is null for a country code that no country has', async () => {
    expect((await app.ask('{ node(id: "Country_ZZ") { id } }')).node).toBeNull();
  });
});

describe('Nodes', () => {
  it('come in the order of their ids, whatever their types', async () => {
    const ofShop = Object.keys(tables).filter(typeName => typeName !== 'Tenant');
    const lists = await Promise.all(ofShop.map(idsOf));
    const mixed = [0, 1, 2].flatMap(index => lists.map(list => list[index]!)).reverse();
    expect((await nodes(mixed)).map(({ id }: { id: string }) => id)).toEqual(mixed);
  });

  it('are null where an id is unknown, and stand where the others are', async () => {
    const [first, second] = await idsOf('Customer');
    const unknown = 'Customer_00000000-0000-7000-8000-000000000000';
    expect(await nodes([unknown, first!, 'Country_ZZ', second!])).toEqual([
      null,
      { __typename: 'Customer', id: first },
      null,
      { __typename: 'Customer', id: second },
    ]);
  });

  it('are given once for each time that their id is given', async () => {
    const [id] = await idsOf('Store');
    expect(await nodes([id!, id!, id!])).toEqual(Array(3).fill({ __typename: 'Store', id }));
  });

  it('are none without ids', async () => {
    expect(await nodes([])).toEqual([]);
  });

  it('are given for a hundred ids', async () => {
    const [id] = await idsOf('Product');
    expect(await nodes(Array(100).fill(id))).toHaveLength(100);
  });

  it('are refused for more than a hundred ids', async () => {
    const [id] = await idsOf('Product');
    const { errors } = await app.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(101).fill(id) });
    expect(errors).toMatchObject([
      { message: '101 ids are given, and 100 are the most; ask in parts.', extensions: { code: 'INVALID_PAGE' } },
    ]);
  });

  it('are null with an error of their own where an id is none, and the others are given', async () => {
    const [id] = await idsOf('Country');
    const { data, errors } = await app.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [id, 'x', id] });
    expect(data).toEqual({ nodes: [{ id }, null, { id }] });
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'INVALID_ID' } }]);
  });
});
