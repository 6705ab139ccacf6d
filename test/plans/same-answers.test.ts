import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { readFile } from 'node:fs/promises';
import { startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type GeneratedQuery, QueryGenerator } from './generated-queries.js';

const settings = {
  TOKEN_SECRETS: 'a secret of both servers that is long enough',
  QUERY_MAX_COST: '100000000',
  QUERY_MAX_DEPTH: '30',
};
let app: TestApp;
let resolvers: Awaited<ReturnType<typeof startApp>>;
let generator: QueryGenerator;
let schema: GraphQLSchema;
beforeAll(async () => {
  app = await startTestApp({ settings });
  // Orders that are split, of which the sample data has none.
  await app.database.query(`insert into order_shipments (item_id, address_id, quantity)
    select i.id, l.address_id, i.line_number from order_items i join order_shipping_addresses l using (order_id)
    where order_id in (select order_id from order_items i join order_shipping_addresses using (order_id)
      where i.line_number = 2 order by order_id limit 3)`);
  // Nor has it a history, and what webhooks are told of it.
  await app.database.query(`
    insert into history (id, subject_type, subject, version, actor, action, changes)
      select gen_random_uuid(), type, subject, 1, 'ford', action, '[]' from (
        (select 'ORDER', id, 'PLACED' from orders limit 5) union all (select 'STOCK_LEVEL', id, 'ADJUSTED' from stock_levels limit 5)
        union all (select 'TASK', id, 'CREATED' from tasks limit 5)) subjects(type, subject, action);
    insert into webhooks (id, url, secret, event_types) values (gen_random_uuid(), 'https://shop.example', 'whsec_', '{}');
    insert into webhook_deliveries (id, webhook_id, event_id, subject, version, state)
      select gen_random_uuid(), w.id, h.id, h.subject, h.version, 'DEAD' from webhooks w, history h`);
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: app.database.url,
    READ_PLANS: 'false',
    ...settings,
  });
  resolvers = await startApp(config, app.database.url);
  schema = buildSchema(await readFile('schema.graphql', 'utf8'));
  generator = new QueryGenerator(schema, await valuesOf(app));
});
afterAll(async () => {
  await resolvers.close();
  await app.close();
});

/** Ids and cursors that the sample data has, for arguments to be made of. */
async function valuesOf({ ask }: TestApp) {
  const types = ['Customer', 'Order', 'Product', 'Store', 'Task', 'User', 'Page'];
  const lists = types.map(type => `${type}: ${type.toLowerCase()}s(first: 20) { nodes { id } edges { cursor } }`);
  const data = (await ask(`{ ${lists.join('\n')} }`)) as Record<
    string,
    { nodes: { id: string }[]; edges: { cursor: string }[] }
  >;
  return {
    ids: new Map(types.map(type => [type, data[type]!.nodes.map(({ id }) => id)])),
    cursors: new Map(types.map(type => [type, data[type]!.edges.map(({ cursor }) => cursor)])),
  };
}

/** What a server answers, as it comes over the wire. */
async function textOf(url: string, { query, variables }: GeneratedQuery, headers = app.headers): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return `${response.status} ${await response.text()}`;
}

async function expectSame(query: GeneratedQuery): Promise<string> {
  const [planned, resolved] = [await textOf(app.url, query), await textOf(resolvers.url, query)];
  if (planned !== resolved) {
    // With the query, which a bare comparison would not show.
    expect({ ...query, answer: planned }).toEqual({ ...query, answer: resolved });
  }
  return planned;
}

describe('A query that is read by a plan', () => {
  it.each(Array.from({ length: 8 }, (_, batch) => batch))(
    'is answered byte for byte as the resolvers answer it, batch %i',
    async batch => {
      let succeeded = 0;
      for (let number = 0; number < 40; number += 1) {
        const answer = await expectSame(generator.query(batch * 1000 + number));
        succeeded += answer.startsWith('200 {"data":{') ? 1 : 0;
      }
      // Most are right, else little would be compared.
      expect(succeeded).toBeGreaterThan(20);
    },
    120_000,
  );

  it('has the values that JSON has to escape', async () => {
    const hostile = 'quote " backslash \\ tab \t line \n bell \u0007 del \u007f  separator \u2028 emoji 🐋 nothing';
    await app.change('createProduct', {
      sku: 'hostile',
      name: hostile,
      description: hostile,
      price: '1.5',
      currencyCode: 'KWD',
    });
    const query = `{ products(sort: NAME, direction: DESC, first: 100) {
      nodes { name description price { amount currencyCode } } edges { cursor } pageInfo { startCursor endCursor } } }`;
    expect(await expectSame({ query, variables: {} })).toContain('bell \\u0007');
  });

  it('has amounts with the decimals of their currencies', async () => {
    for (const [currencyCode, amount] of [
      ['JPY', '7'],
      ['KWD', '7'],
      ['CLF', '7.1'],
      ['USD', '7.1234'],
      ['EUR', '0'],
    ]) {
      await app.change('createProduct', { sku: currencyCode, name: 'Decimals', price: amount, currencyCode });
    }
    const answer = await expectSame({
      query: '{ products(sort: SKU, first: 100) { nodes { sku price { amount currencyCode } } } }',
      variables: {},
    });
    expect(answer).toContain('"amount":"7.000","currencyCode":"KWD"');
  });

  it('tells of orders that are split what goes where', async () => {
    const answer = await expectSame({
      query: `{ orders(first: 100) { nodes { shipments {
        __typename where: address { zipCode country { name } }
        items { ...piece } } } } } fragment piece on ShipmentItem { __typename quantity item { lineNumber product { sku } } }`,
      variables: {},
    });
    expect(answer).toMatch(/"quantity":2/);
  });

  it('finds texts with all that their rows lead to, and shows what fits', async () => {
    const query = `query ($word: String!) { search(query: $word, language: "en", first: 50) {
      __typename rank again: rank title { __typename text isMatch } snippet { piece: text }
      item { __typename ... on Node { id } ... on Page { body }
        ... on Product { sku price { amount } stockLevels { available store { name address { zipCode } } } } } } }`;
    // A letter finds many, to be told apart.
    await expectSame({ query, variables: { word: 't' } });
    const answer = await expectSame({ query, variables: { word: 'towel' } });
    expect(answer).toMatch(/"isMatch":true.*"__typename":"Page".*"body":"\w/);
    expect(answer).toMatch(/"__typename":"Product".*"store":{"name":/);
    await expectSame({ query: '{ search(query: "xyzzy", language: "en") { title { text } } }', variables: {} });
    await expectSame({ query: '{ search(query: "towel", language: "xx") { rank } }', variables: {} });
  });

  it('has the figures of all orders, with the customers that they lead to', async () => {
    const answer = await expectSame({
      query: `query ($first: Int!) { figures: orderStatistics { __typename
        countsByBillingZip(first: $first) { __typename zipCode orders: count }
        fewest: countsByShippingZip(first: $first, direction: ASC) { zipCode count }
        inStorePurchasesByHour(timeZone: "Asia/Kathmandu", sort: COUNT, direction: DESC) { __typename hour count }
        topInStoreCustomers(first: $first) { orderCount customer { lastName orders(first: 1) { nodes { status } } } } } }`,
      variables: { first: 3 },
    });
    expect(answer).toMatch(/"orders":\d.*"hour":\d.*"orderCount":\d+,"customer":{"lastName":"\w/);
  });

  it('tells what is wrong with a figure, and where', async () => {
    for (const field of ['countsByBillingZip(first: 0) { count }', 'inStorePurchasesByHour(timeZone: "x") { hour }']) {
      await expectSame({ query: `{ order(id: "no") { id } orderStatistics { ${field} } }`, variables: {} });
    }
    await app.database.query('alter table order_figures rename to away');
    // Each answer has an id of its own under which the log has more.
    const answer = await textOf(app.url, {
      query: '{ orderStatistics { topInStoreCustomers { orderCount } } }',
      variables: {},
    });
    await app.database.query('alter table away rename to order_figures');
    expect(answer).toContain('"path":["orderStatistics","topInStoreCustomers"]');
  });

  it('tells what webhooks are told of', async () => {
    const answer = await expectSame({
      query: `{ webhooks { nodes { deliveries(first: 50) { nodes { eventType subjectId state event { id action } } } } } }`,
      variables: {},
    });
    expect(answer).toMatch(/"eventType":"order\.placed","subjectId":"Order_/);
  });

  it('gives objects of one type by their ids, in the order of the ids, with nothing for those that are not there', async () => {
    const { orders } = (await app.ask('{ orders(first: 3) { nodes { id } } }')) as {
      orders: { nodes: { id: string }[] };
    };
    const [first, second, third] = orders.nodes.map(({ id }) => id);
    const ids = [third, 'Order_00000000-0000-7000-8000-000000000000', first, third, second];
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { status items { quantity } } } }`;
    const answer = await expectSame({ query, variables: { ids } });
    expect([...answer.matchAll(/"id":"(\w+-[^"]+)"|null/g)].map(match => match[1])).toEqual([
      third,
      undefined,
      first,
      third,
      second,
    ]);
    await expectSame({ query, variables: { ids: [] } });
    await expectSame({ query, variables: { ids: [first, 'Country_GB', first] } });
    await expectSame({ query, variables: { ids: [first, 'x'] } });
    await expectSame({ query, variables: { ids: Array(101).fill(first) } });
  });

  it('is answered under a name that is longer than a column’s can be', async () => {
    const name = 'a'.repeat(100);
    const answer = await expectSame({
      query: `{ ${name}: orders(first: 2) { ${name}: nodes { ${name}: id } } }`,
      variables: {},
    });
    expect(answer).toContain(`"${name}":"Order_`);
  });

  it.each([
    [
      'that has a bad cursor below others',
      '{ customers(first: 3) { nodes { lastName orders(after: "no") { nodes { id } } } } }',
    ],
    ['that only counts, and has a bad cursor', '{ orders(after: "no") { totalCount } }'],
    ['that asks for nothing of each row', '{ orders(first: 2) { totalCount edges { __typename } } }'],
    ['that has a bad size', '{ customers(first: 3) { nodes { lastName orders(first: 0) { nodes { id } } } } }'],
    ['that has a bad id', '{ order(id: "no") { id } stores { nodes { name } } }'],
    ['that asks for an object of a type that is not there', '{ node(id: "Nothing_1") { id } }'],
    ['that asks about the schema', '{ __schema { queryType { name } } stores(first: 1) { nodes { name } } }'],
    [
      'whose fields are in part the resolvers’',
      '{ __typename search(query: "towel", language: "en") { rank } b: stores(first: 2) { nodes { name } } }',
    ],
    [
      'that has an error in the resolvers’ part',
      '{ search(query: " ", language: "en") { rank } b: stores(first: 2) { nodes { name } } }',
    ],
    [
      'that asks for what only history knows',
      '{ orders(first: 2) { nodes { history { nodes { action changes { field before after } } } } } }',
    ],
  ])('%s is answered as well', async (_what, query) => {
    await expectSame({ query, variables: {} });
  });

  it('that only counts what a filter leaves is answered as well', async () => {
    const query = `{ orders(filter: { status: [PENDING, COMPLETED], placedFrom: "2025-06-01T00:00:00Z" }) { totalCount } }`;
    expect(await expectSame({ query, variables: {} })).toMatch(/"totalCount":[1-9]/);
  });

  it('tells of a variable of the wrong type as the resolvers do', async () => {
    const query = 'query ($id: ID!) { order(id: $id) { id } }';
    expect(await expectSame({ query, variables: { id: { a: 1 } } })).toContain('errors');
  });
});
