import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isInterfaceType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';
import { projectFolder } from '../../src/config.js';
import { Role } from '../../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from '../support/app.js';
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

type Value = Record<string, unknown>;
type Input = GraphQLArgument | GraphQLInputField;

/** Values for what is required and no id, by the field's name or else by its type. */
const byName: Value = {
  currencyCode: 'USD',
  countryCode: 'GB',
  iso2Code: 'GB',
  email: 'somebody@cottington.example',
  contact: 'somebody@cottington.example',
  url: '/somewhere',
  language: 'en',
  price: '1',
  confirm: true,
  quantity: 1,
  reason: 'mice',
};
const byType: Value = {
  String: 'something',
  Int: 1,
  Boolean: true,
  Float: 1,
  Decimal: '1',
  DateTime: '2026-01-01T00:00:00Z',
  Date: '2026-01-01',
};

function isRequired(field: Input): boolean {
  return 'defaultValue' in field && field.defaultValue !== undefined
    ? false
    : isRequiredInputField(field) || isRequiredArgument(field);
}

function valueOf(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) {
    return valueOf(name, type.ofType);
  }
  if (isListType(type)) {
    return [valueOf(name, type.ofType)];
  }
  if (isInputObjectType(type)) {
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter(isRequired)
        .map(field => [field.name, valueOf(field.name, field.type)]),
    );
  }
  if (isEnumType(type)) {
    return type.getValues()[0]!.name;
  }
  // An id that nothing has: where it stands, nobody is found, whatever else is right.
  return getNamedType(type).name === 'ID'
    ? 'Order_00000000-0000-7000-8000-000000000000'
    : (byName[name] ?? byType[getNamedType(type).name]);
}

/** Every way to put an id into arguments: each place of an id by itself, and beside it what is required. */
function* placesOfIds(fields: readonly Input[], depth = 0): Generator<(id: string) => Value> {
  const required = () =>
    Object.fromEntries(fields.filter(isRequired).map(({ name, type }) => [name, valueOf(name, type)]));
  for (const { name, type } of fields) {
    const named = getNamedType(type);
    const wrap = (value: unknown) => (isListType(isNonNullType(type) ? type.ofType : type) ? [value] : value);
    if (named.name === 'ID') {
      yield id => ({ ...required(), [name]: wrap(id) });
    } else if (isInputObjectType(named) && depth < 4) {
      for (const inner of placesOfIds(Object.values(named.getFields()), depth + 1)) {
        yield id => ({ ...required(), [name]: wrap(inner(id)) });
      }
    }
  }
}

/** All plain fields of a type, and those of what it holds a few levels down, without arguments that are required. */
function selectionOf(field: GraphQLField<unknown, unknown>, depth = 0): string {
  const type = getNamedType(field.type);
  if (isUnionType(type) || isInterfaceType(type)) {
    return '{ __typename ... on Node { id } }';
  }
  if (!isObjectType(type)) {
    return '';
  }
  const inner = Object.values(type.getFields())
    .filter(({ args }) => !args.some(isRequiredArgument))
    .filter(({ type: held }) => depth < 2 || !isObjectType(getNamedType(held)))
    .map(held => `${held.name} ${selectionOf(held, depth + 1)}`);
  return `{ __typename ${inner.join(' ')} }`;
}

async function call(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>, values: Value) {
  const variables = field.args.filter(({ name }) => name in values);
  const definitions = variables.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const given = variables.map(({ name }) => `${name}: $${name}`).join(', ');
  const query = `${kind} ${definitions && `(${definitions})`} { answer: ${field.name} ${given && `(${given})`} ${selectionOf(field)} }`;
  return app.send(query, values);
}

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

/** What stands in the other shop, as one checksum a table, and whether its ids stand in this one. */
async function standOfB(): Promise<unknown> {
  const tables = await app.database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = $1 order by 1`,
    [schemaOfB],
  );
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    found[name] = await app.database.query(
      `select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${schemaOfB}.${name} t`,
    );
  }
  return found;
}

async function traces(): Promise<string[]> {
  const tables = await app.database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const keys = Object.values(ids).map(id => id.slice(id.indexOf('_') + 1));
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await app.database.query(`select from public.${name} t where t::text ~* $1 limit 1`, [
      [mark, ...keys].join('|'),
    ]);
    if (rows.length > 0) {
      found.push(name);
    }
  }
  return found;
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
    const values = Object.fromEntries(
      field.args.filter(isRequired).map(({ name, type }) => [name, valueOf(name, type)]),
    );
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
