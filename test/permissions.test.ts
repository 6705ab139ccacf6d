import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, type GraphQLObjectType, isInterfaceType, isLeafType, isObjectType } from 'graphql';
import { permissionOf } from '../src/graphql/permission-check.js';
import { INHERITED } from '../src/graphql/requires.js';
import {
  type Permission,
  permissionsOfAnonymous,
  permissionsOfRole,
  permissionsOfVisitor,
  Role,
} from '../src/permissions.js';
import { createApiSchema } from '../src/schema.js';
import { arthur, place } from './orders/order-fixtures.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';
import { callOf, requiredValues } from './support/generated-calls.js';

const schema = await createApiSchema();
const roots = [
  ['query', schema.getQueryType()!],
  ['mutation', schema.getMutationType()!],
] as const;

let app: TestApp;
let visited: TestApp;
beforeAll(async () => {
  app = await startTestApp({ settings: { OPEN_REGISTRATION: 'false' } });
  visited = await startTestApp({ settings: { PUBLIC_CATALOGUE: 'true', OPEN_REGISTRATION: 'false' } });
});
afterAll(() => Promise.all([app.close(), visited.close()]));

const needs = (parent: GraphQLObjectType, field: string) => permissionOf(parent, field);

describe('Every field of the schema', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    type => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
  ) as GraphQLObjectType[];

  test('says what somebody needs to be allowed to ask for it, or its type does', () => {
    const silent = types.flatMap(type =>
      Object.keys(type.getFields())
        .filter(name => needs(type, name) === undefined)
        .map(name => `${type.name}.${name}`),
    );
    expect(silent).toEqual([]);
  });

  test('that begins a request says so itself, and leaves it to nothing above, since there is nothing', () => {
    for (const type of types.filter(({ name }) => ['Query', 'Mutation', 'Subscription'].includes(name))) {
      const inherited = Object.keys(type.getFields()).filter(name => needs(type, name) === INHERITED);
      expect(inherited).toEqual([]);
    }
  });
});

/** Who may have signed in, what they may do, and what they are refused with. */
const callers: [who: string, caller: () => Promise<Caller>, has: ReadonlySet<Permission>, code: string][] = [
  ...Object.values(Role).map(
    role =>
      [`the role ${role}`, () => app.as(role), permissionsOfRole[role], 'FORBIDDEN'] as [
        string,
        () => Promise<Caller>,
        ReadonlySet<Permission>,
        string,
      ],
  ),
  ['somebody who has not signed in', async () => app.caller(), permissionsOfAnonymous, 'UNAUTHENTICATED'],
  ['a visitor of an open catalogue', async () => visited.caller(), permissionsOfVisitor, 'UNAUTHENTICATED'],
];

describe.each(callers)('To %s', (_who, makeCaller, has, code) => {
  let caller: Caller;
  beforeAll(async () => {
    caller = await makeCaller();
  });

  test('every query and mutation is refused that they may not send, with what is refused', async () => {
    for (const [kind, type] of roots) {
      for (const field of Object.values(type.getFields())) {
        if (has.has(needs(type, field.name) as Permission)) {
          continue;
        }
        const values = requiredValues(field);
        const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
        const { status, data, errors } = await caller.send(callOf(kind, field, values, selection), values);
        expect([field.name, status, data, errors?.map(({ extensions }) => extensions.code)]).toEqual([
          field.name,
          code === 'FORBIDDEN' ? 403 : 401,
          undefined,
          [code],
        ]);
        expect(errors![0]!.message).toContain(`${type.name}.${field.name}`);
      }
    }
  });

  test('every query is answered that they may send', async () => {
    const [[kind, type]] = roots;
    for (const field of Object.values(type.getFields())) {
      // Whose id `node` is asked for decides there; see the next tests.
      if (!has.has(needs(type, field.name) as Permission) || /^nodes?$/.test(field.name)) {
        continue;
      }
      const values = requiredValues(field);
      const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
      const { errors } = await caller.send(callOf(kind, field, values, selection), values);
      const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
      expect([field.name, codes]).toEqual([field.name, expect.not.arrayContaining([code])]);
    }
  });
});

describe('An analyst', () => {
  let analyst: Caller;
  beforeAll(async () => {
    analyst = await app.as(Role.ANALYST);
  });

  test('sees the figures, and orders without personal values', async () => {
    const { orderStatistics, orders } = await analyst.ask(`{
      orderStatistics { countsByBillingZip { zipCode count } topInStoreCustomers { customer { id } orderCount } }
      orders(first: 2) { nodes {
        status total { amount } customer { id } items { productName lineTotal { amount } }
        billingAddress { zipCode city } store { name address { line1 city } } } } }`);
    expect(orderStatistics.countsByBillingZip.length).toBeGreaterThan(0);
    expect(orders.nodes[0].customer.id).toMatch(/^Customer_/);
  });

  test.each([
    [
      'a customer’s name',
      '{ orders { nodes { customer { firstName lastName } } } }',
      'Customer.firstName, Customer.lastName',
    ],
    [
      'a customer’s contacts',
      `{ customer(id: "${arthur}") { email telephone } }`,
      'Customer.email, Customer.telephone',
    ],
    [
      'the streets of orders',
      '{ orders { nodes { billingAddress { line1 } shippingAddresses { line2 } } } }',
      'Address.line1, Address.line2',
    ],
    ['customers by name, whose cursors tell it', '{ customers { edges { cursor } } }', 'Query.customers'],
    ['a customer by contact', '{ customerByContact(contact: "x@y") { id } }', 'Query.customerByContact'],
    ['reasons that people wrote', '{ orders { nodes { cancelReason } } }', 'Order.cancelReason'],
    ['histories, which hold all of it', '{ orders { nodes { history { totalCount } } } }', 'Order.history'],
    [
      'names by a fragment',
      `fragment F on Customer { firstName } { orders { nodes { customer { ...F } } } }`,
      'Customer.firstName',
    ],
    [
      'names by an inline fragment',
      `{ node(id: "${arthur}") { ... on Customer { firstName } } }`,
      'Customer.firstName',
    ],
    ['names under another name', '{ orders { nodes { customer { id: firstName } } } }', 'Customer.firstName'],
    [
      'names of those that a subscription tells of',
      'subscription { orderChanged { order { customer { firstName } } } }',
      '',
    ],
  ])('is refused %s, with nothing of the rest', async (_what, query, fields) => {
    const { status, data, errors } = await analyst.send(query);
    expect(data).toBeUndefined();
    if (fields) {
      expect([status, errors]).toMatchObject([403, [{ extensions: { code: 'FORBIDDEN' } }]]);
      expect(errors![0]!.message).toBe(
        `The role ANALYST does not allow ${fields}; leave ${fields.includes(',') ? 'them' : 'it'} out, or ask an owner of the shop for another role.`,
      );
    }
  });

  test('is not refused what a directive leaves out, and is what it lets in', async () => {
    const query = `query ($see: Boolean = false, $skip: Boolean!) { orders(first: 1) { nodes {
      id customer { firstName @include(if: $see) ... @skip(if: $skip) { lastName } } } } }`;
    const { orders } = await analyst.ask(query, { skip: true });
    expect(Object.keys(orders.nodes[0].customer)).toEqual([]);
    for (const variables of [{ skip: false }, { skip: true, see: true }]) {
      const { errors } = await analyst.send(query, variables);
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });

  test('finds no address by its id, since it may be somebody’s', async () => {
    const [row] = await app.database.query<{ id: string }>('select id from addresses limit 1');
    const { data, errors } = await analyst.send('query ($id: ID!) { node(id: $id) { id } }', {
      id: `Address_${row!.id}`,
    });
    expect([data, errors]).toMatchObject([{ node: null }, [{ extensions: { code: 'FORBIDDEN' } }]]);
  });
});

describe('A clerk', () => {
  test('who asks for too much in the answer of a mutation has changed nothing', async () => {
    const clerk = await app.as(Role.CLERK);
    const { id } = await place(app);
    const query = `mutation ($id: ID!) { startOrder(input: { id: $id }) { order { status customer { id } } userErrors { code } }
      createWebhook(input: { url: "https://x.example", eventTypes: [] }) { webhook { id } } }`;
    const { status, errors } = await clerk.send(query, { id });
    expect([status, errors]).toMatchObject([403, [{ extensions: { code: 'FORBIDDEN' } }]]);
    const { order } = await clerk.ask('query ($id: ID!) { order(id: $id) { status } }', { id });
    expect(order.status).toBe('PENDING');
  });
});
