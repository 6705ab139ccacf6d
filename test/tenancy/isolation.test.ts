import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLField } from 'graphql';
import { projectFolder } from '../../src/project-folder.js';
import { Role } from '../../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';
import { callOf, placesOfIds, requiredValues, type Values } from '../support/generated-calls.js';
import { makeTenant } from './tenant-fixtures.js';

const schema = buildSchema(await readFile(`${projectFolder}/schema.graphql`, 'utf8'));
const queries = schema.getQueryType()!.getFields();
const mutations = schema.getMutationType()!.getFields();

/** A word that stands in every text of the other shop, and nowhere in this one. */
const mark = 'Zarquon';

let app: TestApp;
/** The owner of the other shop, B. */
let other: Caller;
/** One id of B for each type that B has. */
let ids: Record<string, string>;
let schemaOfB: string;

beforeAll(async () => {
  app = await startTestApp({ settings: { OPEN_REGISTRATION: 'false' } });
  const tenant = await makeTenant(app, `${mark} and sons`);
  schemaOfB = tenant.schema;
  other = tenant.owner;
  ids = await fillShop(other);
}, 60_000);
afterAll(() => app.close());

/** Puts one of everything into a shop, with the mark in every text, and gives an id of each type. */
async function fillShop(owner: Caller): Promise<Record<string, string>> {
  const address = { line1: `1 ${mark} Street`, city: mark, zipCode: '42', countryCode: 'GB' };
  const { store } = await owner.change(
    'createStore',
    { name: `${mark} Store`, address },
    'store { id address { id } }',
  );
  const product = { sku: `${mark}-1`, name: `${mark} Towel`, price: '10', currencyCode: 'USD' };
  const { product: made } = await owner.change('createProduct', product, 'product { id }');
  const { stockLevel } = await owner.change('adjustStock', { productId: made.id, by: 10 }, 'stockLevel { id }');
  await owner.change('adjustStock', { productId: made.id, storeId: store.id, by: 10 });
  const { order, userErrors } = await owner.change(
    'placeOrder',
    {
      customer: { contact: { email: `${mark}@shop.example`, firstName: mark, lastName: mark } },
      currencyCode: 'USD',
      items: [{ productId: made.id, quantity: 1 }],
      fulfilment: 'SHIPPED',
      billingAddress: { newAddress: address },
      shipments: [{ newAddress: address }],
    },
    'order { id customer { id } items { id } history { nodes { id } } }',
  );
  expect(userErrors).toEqual([]);
  const { webhook } = await owner.change(
    'createWebhook',
    { url: 'https://zarquon.example', eventTypes: [] },
    'webhook { id }',
  );
  await owner.change('updateStore', { id: store.id, name: `${mark} Outlet` });
  // Nothing is sent, so that what stands there changes by requests alone.
  await owner.change('updateWebhook', { id: webhook.id, state: 'DISABLED' });
  const { webhooks, me } = await owner.ask('{ webhooks { nodes { id deliveries { nodes { id } } } } me { id } }');
  const found: Record<string, string> = {
    Address: store.address.id,
    Customer: order.customer.id,
    HistoryEntry: order.history.nodes[0].id,
    Order: order.id,
    OrderItem: order.items[0].id,
    Product: made.id,
    StockLevel: stockLevel.id,
    Store: store.id,
    User: me.id,
    Webhook: webhook.id,
    WebhookDelivery: webhooks.nodes[0].deliveries.nodes[0].id,
    ...(await more(owner)),
  };
  return found;
}

/** What else there is in a shop. */
async function more(owner: Caller): Promise<Record<string, string>> {
  const { task } = await owner.change('createTask', { title: `${mark} calls` }, 'task { id }');
  const page = { title: `On ${mark}`, url: `/${mark.toLowerCase()}`, language: 'en', body: `${mark} is late.` };
  const { page: made } = await owner.change('createPage', page, 'page { id }');
  const { sessions } = await owner.ask('{ sessions { nodes { id } } }');
  return { Task: task.id, Page: made.id, Session: sessions.nodes[0].id };
}

const call = (kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>, values: Values) =>
  app.send(callOf(kind, field, values), values);

/** Whether an answer says that nothing is there, or refuses. */
function isNothing(answer: unknown): boolean {
  if (answer === null || answer === undefined) {
    return true;
  }
  if (Array.isArray(answer)) {
    return answer.every(isNothing);
  }
  const { userErrors, nodes } = answer as { userErrors?: unknown[]; nodes?: unknown[] };
  return (userErrors ?? []).length > 0 || (nodes !== undefined && nodes.length === 0);
}

/** What stands in the other shop, as one checksum a table. */
async function standOfB(): Promise<unknown> {
  const checksum = (name: string) =>
    `select '${name}' as name, count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${schemaOfB}.${name} t`;
  return app.database.query((await tablesOf(schemaOfB)).map(checksum).join(' union all '));
}

/** The tables of this shop in which an id or a word of the other one stands. */
async function traces(): Promise<unknown[]> {
  const keys = Object.values(ids).map(id => id.slice(id.indexOf('_') + 1));
  const pattern = [mark, ...keys].join('|');
  const look = (name: string) => `select '${name}' where exists (select from public.${name} t where t::text ~* $1)`;
  return app.database.query((await tablesOf('public')).map(look).join(' union all '), [pattern]);
}

async function tablesOf(schemaName: string): Promise<string[]> {
  const rows = await app.database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = $1 order by 1`,
    [schemaName],
  );
  return rows.map(({ name }) => name);
}

const withIds = (fields: Record<string, GraphQLField<unknown, unknown>>) =>
  Object.values(fields).filter(field => [...placesOfIds(field.args)].length > 0);

describe('Ids of another shop', () => {
  test('are known here for every type that a shop has', () => {
    const types = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
    // Countries and shops are the platform's.
    expect(Object.keys(ids).sort()).toEqual(types.filter(name => !['Country', 'Tenant'].includes(name)).sort());
  });

  test('lead there to what they are the ids of, so that what follows proves something', async () => {
    for (const [type, id] of Object.entries(ids)) {
      const { node } = await other.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(node).toEqual({ __typename: type, id });
    }
  });

  test.each(withIds(queries).map(field => [field.name, field] as const))(
    'find nothing by the query %s',
    async (_name, field) => {
      let calls = 0;
      for (const place of placesOfIds(field.args)) {
        for (const id of Object.values(ids)) {
          const { data, errors } = await call('query', field, place(id));
          expect({ id, nothing: errors !== undefined || isNothing(data.answer) }).toEqual({ id, nothing: true });
          expect(JSON.stringify([data, errors])).not.toMatch(mark);
          calls += 1;
        }
      }
      expect(calls).toBeGreaterThanOrEqual(Object.keys(ids).length);
    },
    120_000,
  );

  test.each(withIds(mutations).map(field => [field.name, field] as const))(
    'are refused by the mutation %s, which changes nothing',
    async (_name, field) => {
      const before = await standOfB();
      for (const place of placesOfIds(field.args)) {
        for (const id of Object.values(ids)) {
          const { data, errors } = await call('mutation', field, place(id));
          expect({ id, nothing: errors !== undefined || isNothing(data.answer), data }).toMatchObject({
            id,
            nothing: true,
          });
          expect(JSON.stringify([data, errors])).not.toMatch(mark);
        }
      }
      expect(await standOfB()).toEqual(before);
      expect(await traces()).toEqual([]);
    },
    120_000,
  );

  test.each(
    [
      ...Object.values(queries).map(field => ['query', field] as const),
      ...Object.values(mutations).map(field => ['mutation', field] as const),
    ]
      .filter(([, field]) => [...placesOfIds(field.args)].length === 0 && field.name !== 'logout')
      .map(([kind, field]) => [kind, field.name, field] as const),
  )('are needed by none, and nothing of the shop is told by the %s %s', async (kind, _name, field) => {
    const before = await standOfB();
    const values = requiredValues(field);
    const { data, errors } = await call(kind, field, values);
    expect(JSON.stringify([data, errors])).not.toMatch(mark);
    expect(await standOfB()).toEqual(before);
    expect(await traces()).toEqual([]);
  });

  test('do not help somebody of that shop whose token is sent to this one', async () => {
    const here = app.caller({ ...other.headers, 'x-tenant': 'default' });
    const { status, errors, data } = await here.send('{ me { id } }');
    expect([status, errors?.[0]?.extensions.code, data]).toEqual([403, 'TENANT_MISMATCH', undefined]);
  });

  test.each(Object.values(Role).filter(role => role === Role.OPERATOR))(
    'do not help an operator, whose role is %s',
    async role => {
      const operator = await app.as(role);
      for (const id of Object.values(ids)) {
        const { errors } = await operator.send('query ($id: ID!) { node(id: $id) { id } }', { id });
        expect(errors === undefined || errors[0]!.extensions.code === 'FORBIDDEN').toBe(true);
      }
    },
  );
});
