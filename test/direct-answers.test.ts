import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ApolloServer } from '@apollo/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { startTestApp, type TestApp } from './support/app.js';

/** What HTTP gives for a request, but for when it was. */
interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

let app: TestApp;
/** Requests that came to Apollo; those that are answered before it are not among them. */
let apollo: jest.SpiedFunction<ApolloServer['executeHTTPGraphQLRequest']>;
beforeAll(async () => {
  app = await startTestApp();
});
beforeEach(() => {
  apollo = jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
});
afterEach(() => apollo.mockRestore());
afterAll(() => app.close());

async function post(body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...app.headers, ...headers },
    body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
  });
  const { date: _date, ...rest } = Object.fromEntries(response.headers);
  return { status: response.status, headers: rest, text: await response.text() };
}

/** Sends a request until it is known, and once more; gives both answers, and how often Apollo was asked. */
async function twice(body: object, headers?: Record<string, string>) {
  const first = await post(body, headers);
  apollo.mockClear();
  const second = await post(body, headers);
  return { first, second, byApollo: apollo.mock.calls.length };
}

const orders =
  'query Orders($first: Int, $with: Boolean = true) { orders(first: $first) { nodes { id status @include(if: $with) } } }';

describe('A query that was sent before', () => {
  it.each([
    [
      'a list',
      {
        query:
          '{ orders(first: 3) { totalCount nodes { id items { quantity } } edges { cursor } pageInfo { endCursor } } }',
      },
    ],
    ['an object that is not there', { query: '{ order(id: "Order_00000000-0000-7000-8000-000000000000") { id } }' }],
    [
      'an operation of several',
      { query: 'query A { stores { totalCount } } query B { orders { totalCount } }', operationName: 'B' },
    ],
    ['variables', { query: orders, variables: { first: 2, with: false } }],
    ['variables that are null', { query: orders, variables: null, operationName: null }],
    [
      'a page without rows, counted',
      {
        query:
          '{ orders(filter: { placedBefore: "1979-10-12T00:00:00Z" }) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }',
      },
    ],
    [
      'the last of a list',
      { query: '{ orders(last: 2) { totalCount nodes { id } pageInfo { hasPreviousPage startCursor } } }' },
    ],
    [
      'the types’ names',
      {
        query:
          '{ __typename orders(first: 1) { __typename nodes { __typename } edges { __typename } pageInfo { __typename } } }',
      },
    ],
  ])('gets the same answer without Apollo: %s', async (_what, body) => {
    const { first, second, byApollo } = await twice(body);
    expect(first.status).toBe(200);
    expect(second).toEqual(first);
    expect(byApollo).toBe(0);
  });

  it('is answered with other variables, each with what they ask for', async () => {
    await post({ query: orders, variables: { first: 1 } });
    const { text } = await post({ query: orders, variables: { first: 2, with: false } });
    expect(JSON.parse(text)).toEqual({
      data: { orders: { nodes: [{ id: expect.any(String) }, { id: expect.any(String) }] } },
    });
  });

  it('is answered in the type that the client likes best', async () => {
    const accept = 'application/graphql-response+json, application/json;q=0.9';
    const { first, second, byApollo } = await twice({ query: '{ stores { totalCount } }' }, { accept });
    expect(second).toEqual(first);
    expect(second.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
    expect(byApollo).toBe(0);
  });

  it('lets a page of another origin read the answer', async () => {
    const { first, second, byApollo } = await twice(
      { query: '{ stores { totalCount } }' },
      { origin: 'https://shop.example' },
    );
    expect(second).toEqual(first);
    expect(second.headers['access-control-allow-origin']).toBeDefined();
    expect(byApollo).toBe(0);
  });

  it('is answered by its hash alone', async () => {
    const query = '{ countries(first: 1) { nodes { name } } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    await post({ query, extensions });
    const { first, second, byApollo } = await twice({ extensions });
    expect(JSON.parse(second.text)).toHaveProperty('data.countries.nodes');
    expect(second).toEqual(first);
    expect(byApollo).toBe(0);
  });
});

describe('What is not answered directly goes to Apollo, with the same answer as the first time', () => {
  it.each<[string, object]>([
    ['a mutation', { query: 'mutation { refreshSession(input: { refreshToken: "none" }) { userErrors { code } } }' }],
    ['a query that only resolvers answer', { query: '{ search(query: "towel", language: "en") { title } }' }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['variables that do not fit', { query: orders, variables: { first: 'many' } }],
    ['variables that are a list', { query: orders, variables: [1] }],
    ['a page that is too large', { query: orders, variables: { first: 1000 } }],
    ['a NUL in a variable', { query: 'query ($id: ID!) { order(id: $id) { id } }', variables: { id: '\0' } }],
    ['no operation of that name', { query: orders, operationName: 'Others' }],
    ['two operations without a name', { query: 'query A { orders { totalCount } } query B { stores { totalCount } }' }],
    ['a broken cursor', { query: '{ orders(after: "no") { nodes { id } } }' }],
    ['no query', {}],
    ['several requests at once', [{ query: '{ stores { totalCount } }' }]],
  ])('%s', async (_what, body) => {
    const { first, second, byApollo } = await twice(body);
    expect(second).toEqual(first);
    expect(byApollo).toBe(1);
  });
});

describe('The limits and permissions of a request', () => {
  it('hold for a query that somebody else may ask', async () => {
    const query = '{ webhooks { totalCount } }';
    expect((await twice({ query })).second.status).toBe(200);
    expect(await post({ query }, { authorization: '' })).toMatchObject({
      status: 401,
      text: expect.stringContaining('UNAUTHENTICATED'),
    });
    const clerk = await app.as(Role.CLERK);
    expect(await post({ query }, clerk.headers)).toMatchObject({
      status: 403,
      text: expect.stringContaining('FORBIDDEN'),
    });
  });

  it('refuse a token that is none, and a tenant that is none', async () => {
    const query = '{ stores { totalCount } }';
    await twice({ query });
    expect(await post({ query }, { authorization: 'Bearer nobody' })).toMatchObject({
      status: 401,
      text: expect.stringContaining('INVALID_TOKEN'),
    });
    expect(await post({ query }, { 'x-tenant': 'magrathea' })).toMatchObject({
      status: 404,
      text: expect.stringContaining('UNKNOWN_TENANT'),
    });
  });

  it('refuse what costs too much with these variables alone', async () => {
    const query = `query ($first: Int) { ${Array.from({ length: 35 }, (_, n) => `a${n}: orders(first: $first) { nodes { items { product { stockLevels { store { id } } } } } }`).join(' ')} }`;
    expect((await twice({ query, variables: { first: 1 } })).second.status).toBe(200);
    expect(await post({ query, variables: { first: 100 } })).toMatchObject({
      status: 400,
      text: expect.stringContaining('QUERY_TOO_COSTLY'),
    });
  });

  it('tell what a query takes, when that is asked for', async () => {
    const query = '{ stores { totalCount } }';
    await twice({ query });
    const { text } = await post({ query, extensions: { cost: true } });
    expect(JSON.parse(text)).toMatchObject({ data: { stores: {} }, extensions: { cost: { rows: 1 } } });
  });
});

describe('A body', () => {
  const notJson = { status: 400, text: expect.stringContaining('is not a JSON object') };

  it.each([['{'], ['"text"'], ['42'], ['null'], ['{"query": "{ __typename }"} and more']])(
    'that is no JSON object is refused: %s',
    async body => {
      expect(await post(body)).toMatchObject(notJson);
    },
  );

  it('in another character set, or without one, is read as Express reads it', async () => {
    const query = '{ products(first: 1) { nodes { name } } }';
    const plain = await post({ query });
    for (const type of ['application/json;charset=UTF-8', 'application/json; charset=utf-8', 'Application/JSON']) {
      expect(await post({ query }, { 'content-type': type })).toEqual(plain);
    }
    const inUtf16 = Buffer.from(JSON.stringify({ query }), 'utf16le');
    expect(await post(inUtf16, { 'content-type': 'application/json; charset=utf-16le' })).toEqual(plain);
    expect((await post({ query }, { 'content-type': 'text/plain' })).status).toBe(400);
  });

  it('that is compressed is read', async () => {
    const query = '{ products(first: 1) { nodes { name } } }';
    const plain = await post({ query });
    expect(await post(gzipSync(JSON.stringify({ query })), { 'content-encoding': 'gzip' })).toEqual(plain);
  });

  it('that is larger than a megabyte is refused', async () => {
    const answer = await post({ query: '{ stores { totalCount } }', variables: { text: 'x'.repeat(2 ** 20) } });
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('1MB') });
  });

  it('that comes in pieces is put together, also within a character', async () => {
    const query = '{ stores(first: 1) { nodes { name } } } # 🐋';
    const bytes = Buffer.from(JSON.stringify({ query }));
    const pieces = new ReadableStream({
      async start(controller) {
        for (const byte of [bytes.subarray(0, -4), bytes.subarray(-4)]) {
          controller.enqueue(byte);
          await new Promise(resolve => setTimeout(resolve, 20));
        }
        controller.close();
      },
    });
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(bytes.length), ...app.headers },
      body: pieces,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toHaveProperty('data.stores');
  });
});
