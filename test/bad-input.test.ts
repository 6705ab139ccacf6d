import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from './support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

interface Refusal {
  status: number;
  text: string;
  code: string;
  message: string;
}

/** What the API answers to a request as it stands. */
async function send(path: string, init: RequestInit): Promise<Refusal> {
  const response = await fetch(`${app.url}${path}`, init);
  const text = await response.text();
  const { message, extensions } = (JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] })
    .errors[0]!;
  return { status: response.status, text, code: extensions.code, message };
}

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json) =>
  send('/graphql', { method: 'POST', headers: { ...app.headers, ...headers }, body });
const ask = (query: string, variables?: object) => post(JSON.stringify({ query, variables }));

/** It is the caller's fault, has a stable code, tells what is wrong, and nothing of the server's inside. */
function expectRefusal(refusal: Refusal, code: string, message: RegExp | string): void {
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(refusal.status).toBeLessThan(500);
  expect(refusal.text).not.toMatch(/select |\bat \S+ \(|\/src\/|node_modules|postgres/i);
}

const uuid = '01941f29-7c00-7000-8002-000000000001';
const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

describe('An id is refused', () => {
  const ids: [what: string, id: string][] = [
    ['that is empty', ''],
    ['that is text', 'arthur'],
    ['that is a bare key', uuid],
    ['without a key', 'Customer_'],
    ['with a key that is no UUID', 'Customer_42'],
    ['with a key in upper case', `Customer_${uuid.toUpperCase()}`],
    ['with more behind its key', `Customer_${uuid}0`],
    ['with a line break behind its key', `Customer_${uuid}\n`],
    ['of a type that does not exist', `Alien_${uuid}`],
    ['of a type named as a property of every object', `constructor_${uuid}`],
    ['of a type named as the prototype', `__proto___${uuid}`],
    ['that holds SQL', `Customer_' or 1=1 --`],
    ['that is very long', 'x'.repeat(100_000)],
  ];
  const fields = ['customer', 'order', 'store', 'product', 'page', 'task', 'node'];

  it.each(ids)('%s, by every query that takes one', async (_what, id) => {
    for (const field of fields) {
      const refusal = await ask(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id });
      expectRefusal(
        refusal,
        'INVALID_ID',
        /^".*" is not (the id of an? [A-Z]|an id).*use an `id` that this API gave you/,
      );
      expect(refusal.message.length).toBeLessThan(200);
    }
  });

  it.each([
    ['customer', `Order_${uuid}`, 'the id of a Customer'],
    ['order', `Customer_${uuid}`, 'the id of an Order'],
    ['store', `Product_${uuid}`, 'the id of a Store'],
    ['product', 'Country_GB', 'the id of a Product'],
    ['page', `Product_${uuid}`, 'the id of a Page'],
    ['task', `Order_${uuid}`, 'the id of a Task'],
  ])('of another type by %s', async (field, id, wanted) => {
    expectRefusal(
      await ask(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id }),
      'INVALID_ID',
      `^"${id}" is not ${wanted};`,
    );
  });

  it.each([
    ['storeId', ''],
    ['storeId', `Customer_${uuid}`],
    ['customerId', ''],
    ['customerId', `Store_${uuid}`],
    ['customerId', 'arthur'],
  ])('in a filter as %s when it is "%s"', async (name, id) => {
    const refusal = await ask('query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }', {
      filter: { [name]: id },
    });
    expectRefusal(refusal, 'INVALID_ID', `^"${id}" is not the id of a`);
  });

  it('in a list, at its place in the list', async () => {
    const { data, errors } = await app.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: ['Country_GB', 'x'],
    });
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'INVALID_ID' } }]);
    expect(data.nodes).toEqual([{ id: 'Country_GB' }, null]);
  });
});

describe('A page is refused', () => {
  const lists = ['customers', 'orders', 'stores', 'products', 'pages', 'countries', 'tasks'];
  const nested = [
    ['customers', 'orders'],
    ['stores', 'orders'],
    ['products', 'orderItems'],
    ['customers', 'tasks'],
  ];

  it.each([
    ['first: 0', /^first is 0, but should be from 1 to 100\.$/],
    ['first: -1', /^first is -1, but/],
    ['first: 101', /^first is 101, but/],
    ['first: -2147483648', /^first is -2147483648, but/],
    ['last: 0', /^last is 0, but/],
    ['last: -1', /^last is -1, but/],
    ['last: 101', /^last is 101, but/],
    ['first: 1, last: 2', /^Both first \(1\) and last \(2\) are given; use one of them\.$/],
  ])('with %s, of every list', async (args, message) => {
    for (const list of lists) {
      expectRefusal(await ask(`{ ${list}(${args}) { totalCount } }`), 'INVALID_PAGE', message);
    }
    for (const [list, field] of nested) {
      expectRefusal(await ask(`{ ${list} { nodes { ${field}(${args}) { totalCount } } } }`), 'INVALID_PAGE', message);
    }
  });

  it.each(['first: 2147483648', 'first: 1.5', 'first: "1"', 'first: true', 'last: [1]'])(
    'with %s, which is no whole number of 32 bits',
    async args => {
      expectRefusal(
        await ask(`{ orders(${args}) { totalCount } }`),
        'GRAPHQL_VALIDATION_FAILED',
        /^Int cannot represent non/,
      );
    },
  );

  it.each([2_147_483_648, 1.5, '1', true, [1], {}])(
    'with a variable of %j, which is no whole number of 32 bits',
    async first => {
      const refusal = await ask('query ($first: Int) { orders(first: $first) { totalCount } }', { first });
      expectRefusal(refusal, 'BAD_USER_INPUT', /^Variable "\$first" got invalid value .*Int cannot represent non/);
      expect(refusal.status).toBe(400);
    },
  );

  it.each(['countsByBillingZip', 'countsByShippingZip', 'topInStoreCustomers'])(
    'by %s with an impossible size',
    async field => {
      for (const first of [0, -1, 101]) {
        expectRefusal(
          await ask(`{ orderStatistics { ${field}(first: ${first}) { __typename } } }`),
          'INVALID_PAGE',
          `^first is ${first}, but should be from 1 to 100\\.$`,
        );
      }
      expectRefusal(
        await ask(`{ orderStatistics { ${field}(first: null) { __typename } } }`),
        'GRAPHQL_VALIDATION_FAILED',
        /found null/,
      );
    },
  );

  it('with null for a size that is never null, given by a variable with a default', async () => {
    const refusal = await ask('query ($n: Int = 3) { orderStatistics { countsByBillingZip(first: $n) { count } } }', {
      n: null,
    });
    expectRefusal(refusal, 'BAD_USER_INPUT', /"first" of non-null type "Int!" must not be null/);
  });
});

describe('A cursor is refused', () => {
  const good = cursor('orders.PLACED_AT', '2025-12-01T00:00:00.000Z', uuid);
  const cursors: [what: string, cursor: string][] = [
    ['that is empty', ''],
    ['that is garbage', '!!! no cursor !!!'],
    ['that is cut off', good.slice(0, -5)],
    ['with more behind it', `${good}A`],
    ['with one letter changed', `A${good.slice(1)}`],
    ['in another alphabet of base64', Buffer.from(good, 'base64url').toString('base64') + '=='],
    ['that holds no JSON', Buffer.from('no JSON').toString('base64url')],
    ['that holds null', Buffer.from('null').toString('base64url')],
    ['that holds an object', Buffer.from('{"length":3}').toString('base64url')],
    [
      'that holds spaces',
      Buffer.from(JSON.stringify(['orders.PLACED_AT', '2025-12-01T00:00:00.000Z', uuid], null, 1)).toString(
        'base64url',
      ),
    ],
    ['of another list', cursor('customers.CREATED', uuid)],
    ['of another sort', cursor('orders.TOTAL', '42', uuid)],
    ['with too few values', cursor('orders.PLACED_AT', '2025-12-01T00:00:00.000Z')],
    ['with too many values', cursor('orders.PLACED_AT', '2025-12-01T00:00:00.000Z', uuid, uuid)],
    ['with numbers in it', cursor('orders.PLACED_AT', 1, 2)],
    ['with nulls in it', cursor('orders.PLACED_AT', null, null)],
    ['with objects in it', cursor('orders.PLACED_AT', {}, [])],
    ['with a time that is none', cursor('orders.PLACED_AT', 'yesterday', uuid)],
    ['with a day that does not exist', cursor('orders.PLACED_AT', '2025-02-30T00:00:00.000Z', uuid)],
    ['with a year that does not exist', cursor('orders.PLACED_AT', '0000-01-01T00:00:00.000Z', uuid)],
    ['with an hour that does not exist', cursor('orders.PLACED_AT', '2025-02-20T25:00:00.000Z', uuid)],
    ['with an id that is no UUID', cursor('orders.PLACED_AT', '2025-12-01T00:00:00.000Z', 'x')],
    ['that is huge', cursor('orders.PLACED_AT', 'x'.repeat(500_000))],
    ['that nests deeply', Buffer.from('['.repeat(100_000)).toString('base64url')],
  ];

  it.each(cursors)('%s', async (_what, broken) => {
    for (const name of ['after', 'before']) {
      const refusal = await ask(`query ($cursor: String) { orders(${name}: $cursor) { totalCount nodes { id } } }`, {
        cursor: broken,
      });
      expectRefusal(
        refusal,
        'INVALID_CURSOR',
        /^".*" is not a cursor of this list in this order; take one from its `pageInfo` or `edges`\.$/,
      );
      expect(refusal.message.length).toBeLessThan(200);
    }
  });

  it.each([
    ['sort: PRICE', cursor('products.PRICE', '-1', uuid)],
    ['sort: PRICE', cursor('products.PRICE', 'NaN', uuid)],
    ['sort: PRICE', cursor('products.PRICE', '1e400', uuid)],
    ['sort: PRICE', cursor('products.PRICE', '9'.repeat(200_000), uuid)],
    ['sort: SKU', cursor('products.SKU', '\0')],
    ['sort: SKU', Buffer.from('["products.SKU","\\ud800"]').toString('base64url')],
    ['sort: SKU', cursor('products.NAME', 'Towel', uuid)],
    ['sort: NAME', cursor('products.SKU', 'TOWEL')],
    ['sort: NAME', cursor('__proto__', 'Towel', uuid)],
  ])('of products with %s', async (sort, broken) => {
    const refusal = await ask(`query ($after: String) { products(${sort}, after: $after) { nodes { id } } }`, {
      after: broken,
    });
    expectRefusal(refusal, 'INVALID_CURSOR', /is not a cursor of this list/);
  });

  it('that another list gave', async () => {
    const lists = ['customers', 'orders', 'stores', 'products', 'countries', 'tasks'];
    const first = await app.ask(`{ ${lists.map(list => `${list}(first: 1) { pageInfo { endCursor } }`).join(' ')} }`);
    for (const list of lists) {
      for (const other of lists.filter(name => name !== list)) {
        const after = first[other].pageInfo.endCursor;
        const refusal = await ask(`query ($after: String) { ${list}(after: $after) { nodes { id } } }`, { after });
        expectRefusal(refusal, 'INVALID_CURSOR', /is not a cursor of this list/);
      }
    }
  });
});

describe('A time zone is refused', () => {
  it.each([
    'Mars/Olympus',
    '',
    ' ',
    '+01:00',
    '-01:00',
    '01:00',
    'Nowhere+3',
    'UTC+3',
    'Europe/London ',
    'Europe/London\n',
    'localtime',
    'posix/Europe/London',
    '__proto__',
    `'; drop table orders; --`,
    // Which of several zones is meant, and whether with summer time, PostgreSQL and others take differently.
    'CET',
    'IST',
    'BST',
    'x'.repeat(100_000),
  ])('that is %j', async timeZone => {
    const refusal = await ask(
      'query ($timeZone: String!) { orderStatistics { inStorePurchasesByHour(timeZone: $timeZone) { hour } } }',
      { timeZone },
    );
    expectRefusal(
      refusal,
      'UNKNOWN_TIME_ZONE',
      /^".*" is not a time zone; use a name of the IANA database, such as "Europe\/London" or "UTC"\.$/,
    );
    expect(refusal.message.length).toBeLessThan(250);
  });
});

describe('Text is refused', () => {
  const invalidText =
    /^The text of (the query|the variable \$\w+) holds a NUL character or half of a surrogate pair; send whole/;

  it.each([
    ['NUL in a literal', '{ customer(id: "a\\u0000") { id } }', undefined],
    ['NUL as it is in a block string', '{ customer(id: """a\0""") { id } }', undefined],
    ['NUL in a default', 'query ($id: ID! = "\\u0000") { customer(id: $id) { id } }', undefined],
    ['NUL in a literal of an input object', '{ orders(filter: { storeId: "\\u0000" }) { totalCount } }', undefined],
    ['NUL in a literal of a list', '{ nodes(ids: ["Country_GB", "\\u0000"]) { id } }', undefined],
    ['NUL in a variable', 'query ($id: ID!) { customer(id: $id) { id } }', { id: 'a\0b' }],
    ['NUL in a variable of a contact', 'query ($c: String!) { customerByContact(contact: $c) { id } }', { c: 'a\0@b' }],
    ['NUL in a cursor', 'query ($c: String) { orders(after: $c) { totalCount } }', { c: '\0' }],
    [
      'NUL in a time zone',
      'query ($z: String!) { orderStatistics { inStorePurchasesByHour(timeZone: $z) { hour } } }',
      { z: 'UTC\0' },
    ],
    ['NUL in a country code', 'query ($c: String!) { country(iso2Code: $c) { id } }', { c: 'G\0' }],
    [
      'NUL in an input object',
      'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }',
      { f: { storeId: '\0' } },
    ],
    ['NUL in a list', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['Country_GB', '\0'] }],
    ['NUL in a variable that is not used', '{ __typename }', { unused: '\0' }],
    [
      'the first half of a surrogate pair in a variable',
      'query ($id: ID!) { customer(id: $id) { id } }',
      { id: '\ud83d' },
    ],
    [
      'the second half of a surrogate pair in a variable',
      'query ($id: ID!) { customer(id: $id) { id } }',
      { id: '\udc0b' },
    ],
    [
      'halves in the wrong order',
      'query ($c: String!) { customerByContact(contact: $c) { id } }',
      { c: '\udc0b\ud83d@x' },
    ],
    [
      'a half in an input object',
      'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }',
      { f: { customerId: '\ud83d' } },
    ],
    ['a half in a list', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['\ud83d'] }],
  ])('with %s', async (_what, query, variables) => {
    expectRefusal(await ask(query, variables), 'INVALID_TEXT', invalidText);
  });

  it.each([
    ['a half of a surrogate pair in an escape', '{ customer(id: "\\ud83d") { id } }'],
    ['a half of a surrogate pair as it is', '{ customer(id: "\ud83d") { id } }'],
    ['NUL outside a string', '{ customer\0 }'],
  ])('with %s, which GraphQL knows no way to write', async (_what, query) => {
    expectRefusal(await ask(query), 'GRAPHQL_PARSE_FAILED', /^Syntax Error: /);
  });

  it('with NUL in the key of an input object', async () => {
    const refusal = await ask('query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', { f: { 'a\0': 1 } });
    expectRefusal(refusal, 'BAD_USER_INPUT', /is not defined by type "OrderFilter"/);
  });

  it('without repeating a name that is no text', async () => {
    const { message } = await ask('{ __typename }', { [`a\0\ud83d${'x'.repeat(1000)}`]: '\0' });
    expect(message).toMatch(/^The text of /);
    expect(message).not.toContain('\0');
    expect(message.isWellFormed()).toBe(true);
    expect(message.length).toBeLessThan(300);
  });

  it('not for a whole surrogate pair', async () => {
    const { data, errors } = await app.send('query ($c: String!) { customerByContact(contact: $c) { id } }', {
      c: '🐋@x',
    });
    expect([data, errors]).toEqual([{ customerByContact: null }, undefined]);
  });
});

describe('A contact is refused', () => {
  it.each([
    '',
    ' ',
    '@',
    'arthur',
    'arthur@',
    '@cottington',
    'a@b@c',
    'a b@c',
    '12',
    '1'.repeat(21),
    '+-()',
    '123 ext 4',
    'tel:12345',
    '１２３４',
  ])('that is %j', async contact => {
    const refusal = await ask('query ($contact: String!) { customerByContact(contact: $contact) { id } }', { contact });
    expectRefusal(
      refusal,
      'INVALID_CONTACT',
      /^".*" is neither an email address \(with one "@"\) nor a telephone number \(with 3 to 20 digits\)\.$/,
    );
  });
});

describe('A country code is refused', () => {
  it.each(['', 'G', 'GBR', '826', 'G1', 'GB ', ' GB', 'GB\n', 'ıı', 'ß', 'ＧＢ', '__'])(
    'that is %j',
    async iso2Code => {
      const refusal = await ask('query ($iso2Code: String!) { country(iso2Code: $iso2Code) { name } }', { iso2Code });
      expectRefusal(refusal, 'INVALID_COUNTRY_CODE', /^".*" is not a country code; use two letters, such as "GB"\.$/);
    },
  );
});

describe('A time is refused', () => {
  const times = [
    '2025-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T00:00:60Z',
    '2025-01-01T00:00:00+25:00',
    '275760-09-13T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '2025-01-01',
    '2025-01-01T00:00:00',
    '2025-01-01 00:00:00Z',
    'yesterday',
    'infinity',
    '',
  ];

  it.each(times)('that is "%s", as a literal and as a variable', async time => {
    const literal = await ask(`{ orders(filter: { placedFrom: "${time}" }) { totalCount } }`);
    expectRefusal(literal, 'GRAPHQL_VALIDATION_FAILED', /DateTime cannot represent an invalid/);
    const variable = await ask('query ($t: DateTime) { orders(filter: { placedFrom: $t }) { totalCount } }', {
      t: time,
    });
    expectRefusal(
      variable,
      'BAD_USER_INPUT',
      /^Variable "\$t" got invalid value .*DateTime cannot represent an invalid/,
    );
  });

  it.each([1, 8.64e16, true, {}, []])('that is the variable %j', async t => {
    const refusal = await ask('query ($t: DateTime) { orders(filter: { placedFrom: $t }) { totalCount } }', { t });
    expectRefusal(refusal, 'BAD_USER_INPUT', /^Variable "\$t" got invalid value/);
  });

  it.each([
    ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['0000-01-01T00:00:00+14:00', '9999-12-31T23:59:59-23:00'],
  ])('not when it is as far away as %s or %s', async (placedFrom, placedBefore) => {
    const { errors } = await app.send('query ($f: OrderFilter) { orders(filter: $f) { totalCount } }', {
      f: { placedFrom, placedBefore },
    });
    expect(errors).toBeUndefined();
  });

  it.each([
    ['at its end', '2025-06-01T00:00:00Z', '2025-06-01T00:00:00Z'],
    ['at its end, in another offset', '2025-06-01T02:00:00+02:00', '2025-06-01T00:00:00Z'],
    ['after its end', '2025-06-01T00:00:00.001Z', '2025-06-01T00:00:00Z'],
  ])('that starts a range %s', async (_where, placedFrom, placedBefore) => {
    for (const query of [
      'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }',
      'query ($f: OrderFilter) { customers { nodes { orders(filter: $f) { totalCount } } } }',
      'query ($f: OrderFilter) { stores { nodes { orders(filter: $f) { totalCount } } } }',
    ]) {
      const refusal = await ask(query, { f: { placedFrom, placedBefore } });
      expectRefusal(
        refusal,
        'INVALID_RANGE',
        /^placedFrom \(2025-.*Z\) must be earlier than placedBefore \(2025-.*Z\)\.$/,
      );
    }
  });
});

describe('An enum value is refused', () => {
  it.each([
    ['orders(direction: UP)', /Value "UP" does not exist in "SortDirection" enum/],
    ['orders(direction: "ASC")', /SortDirection/],
    ['orders(direction: null)', /SortDirection!/],
    ['orders(filter: { status: [LOST] })', /Value "LOST" does not exist in "OrderStatus" enum/],
    ['orders(filter: { status: [null] })', /OrderStatus!/],
    ['customers(sort: AGE)', /"CustomerSort" enum/],
    ['products(sort: __proto__)', /"ProductSort" enum/],
    ['pages(sort: BODY)', /"PageSort" enum/],
    ['products(state: active)', /"ProductState" enum. Did you mean the enum value "ACTIVE"/],
    ['stores(state: CLOSED)', /"StoreState" enum/],
    ['tasks(sort: URGENCY)', /"TaskSort" enum/],
    ['tasks(filter: { state: null })', /TaskState!/],
  ])('in %s', async (field, message) => {
    expectRefusal(await ask(`{ ${field} { totalCount } }`), 'GRAPHQL_VALIDATION_FAILED', message);
  });

  it.each([
    ['SortDirection!', 'orders(direction: $value)', 'UP'],
    ['SortDirection!', 'orders(direction: $value)', null],
    ['SortDirection!', 'orders(direction: $value)', 1],
    ['SortDirection!', 'orders(direction: $value)', '__proto__'],
    ['SortDirection!', 'orders(direction: $value)', 'constructor'],
    ['[OrderStatus!]', 'orders(filter: { status: $value })', ['LOST']],
    ['[OrderStatus!]', 'orders(filter: { status: $value })', [null]],
    ['CustomerSort!', 'customers(sort: $value)', 'name'],
    ['ProductState', 'products(state: $value)', 'GONE'],
  ])('in a variable of %s in %s when it is %j', async (type, field, value) => {
    const refusal = await ask(`query ($value: ${type}) { ${field} { totalCount } }`, { value });
    expectRefusal(refusal, 'BAD_USER_INPUT', /^Variable "\$value" (got invalid value|of non-null type)/);
    expect(refusal.status).toBe(400);
  });

  it('when null comes by a variable with a default', async () => {
    const refusal = await ask('query ($d: SortDirection = ASC) { orders(direction: $d) { totalCount } }', { d: null });
    expectRefusal(refusal, 'BAD_USER_INPUT', /"direction" of non-null type "SortDirection!" must not be null/);
  });
});

describe('Variables are refused', () => {
  it.each([
    ['that are missing', undefined, /^Variable "\$id" of required type "ID!" was not provided/],
    ['that are null', { id: null }, /^Variable "\$id" of non-null type "ID!" must not be null/],
    ['of another type', { id: { a: 1 } }, /^Variable "\$id" got invalid value/],
    ['that are fractions', { id: 1.5 }, /^Variable "\$id" got invalid value/],
  ])('%s', async (_what, variables, message) => {
    const refusal = await ask('query ($id: ID!) { customer(id: $id) { id } }', variables);
    expectRefusal(refusal, 'BAD_USER_INPUT', message);
    expect(refusal.status).toBe(400);
  });

  it.each(['{"__proto__":1}', '{"constructor":1}', '{"toString":null}', '{"zap":1}'])(
    'that hold the unknown field of %s',
    async text => {
      const refusal = await post(
        `{"query":"query ($f: OrderFilter) { orders(filter: $f) { totalCount } }","variables":{"f":${text}}}`,
      );
      expectRefusal(refusal, 'BAD_USER_INPUT', /is not defined by type "OrderFilter"/);
    },
  );

  it('that nest deeply', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const refusal = await post(
      `{"query":"query ($f: OrderFilter) { orders(filter: $f) { totalCount } }","variables":{"f":${deep}}}`,
    );
    expectRefusal(refusal, 'BAD_USER_INPUT', /^Variable "\$f" got invalid value/);
  });
});

describe('A query is refused', () => {
  it.each([
    ['that is no GraphQL', '{ orders(', 'GRAPHQL_PARSE_FAILED', /^Syntax Error/],
    [
      'that asks an unknown field',
      '{ customrs { totalCount } }',
      'GRAPHQL_VALIDATION_FAILED',
      /Did you mean "customers"/,
    ],
    [
      'that leaves a required argument out',
      '{ customer { id } }',
      'GRAPHQL_VALIDATION_FAILED',
      /"id" of type "ID!" is required/,
    ],
    [
      'whose fragments go round in circles',
      '{ ...A } fragment A on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
      /within itself/,
    ],
    [
      'that has two operations and names none',
      'query A { __typename } query B { __typename }',
      'OPERATION_RESOLUTION_FAILURE',
      /operation name/,
    ],
    [
      'that is a mutation of an unknown field',
      'mutation { destroyTheEarth }',
      expect.stringMatching(/^(GRAPHQL_VALIDATION_FAILED|OPERATION_RESOLUTION_FAILURE)$/),
      /mutation/i,
    ],
    [
      'that is a subscription',
      'subscription { orderChanged { action } }',
      'OPERATION_RESOLUTION_FAILURE',
      /subscription/,
    ],
    ['with too many tokens', `{ ${'__typename '.repeat(10_001)} }`, 'GRAPHQL_PARSE_FAILED', /10000 tokens/],
  ])('%s', async (_what, query, code, message) => {
    expectRefusal(await ask(query), code as string, message);
  });

  it('whose operation name is unknown', async () => {
    for (const operationName of ['B', '__proto__', 'constructor', 'a\0']) {
      const refusal = await post(JSON.stringify({ query: 'query A { __typename }', operationName }));
      expectRefusal(refusal, 'OPERATION_RESOLUTION_FAILURE', /^Unknown operation named/);
    }
  });

  const tooDeep = /^The query nests its fields more than 16 levels deep; ask in several queries\.$/;
  const deep = (levels: number) => `{ ${'orders { nodes { customer { '.repeat(levels)} id ${'} } } '.repeat(levels)} }`;

  it.each([
    ['by itself', deep(6)],
    ['very much', deep(150)],
    [
      'by fragments',
      `{ ...A } fragment A on Query { orders { nodes { ...B } } } fragment B on Order { customer { orders { nodes { ...C } } } }
       fragment C on Order { customer { orders { nodes { ...D } } } } fragment D on Order { customer { orders { nodes { ...E } } } }
       fragment E on Order { customer { orders { nodes { ...F } } } } fragment F on Order { customer { orders { nodes { id } } } }`,
    ],
  ])('that is too deep %s', async (_how, query) => {
    const refusal = await ask(query);
    expectRefusal(refusal, 'QUERY_TOO_DEEP', tooDeep);
    expect(refusal.status).toBe(400);
  });

  it.each([
    ['selections', `${'{ a '.repeat(3300)}${'} '.repeat(3300)}`],
    ['inline fragments', `{ ${'... { '.repeat(2500)} __typename ${'} '.repeat(2500)} }`],
    ['lists', `{ customer(id: ${'['.repeat(4000)}${']'.repeat(4000)}) { id } }`],
  ])('whose %s nest beyond all bounds', async (_what, query) => {
    const refusal = await ask(query);
    expect(refusal.message).not.toMatch(/call stack/);
    expectRefusal(refusal, 'QUERY_TOO_DEEP', /^The query nests/);
  });

  it('not for the depth of introspection', async () => {
    expect(
      (await app.send('{ __type(name: "Order") { fields { type { ofType { ofType { ofType { name } } } } } } }'))
        .errors,
    ).toBeUndefined();
  });

  const tooCostly =
    /^The query costs \d+, and 250000 is the most; ask for smaller pages \(`first`\), fewer levels or fewer figures\.$/;
  const inner = 'customer { orders(first: 100) { nodes { customer { orders(first: 100) { nodes { id } } } } } }';
  const hundredIds = JSON.stringify(Array(100).fill(`Customer_${uuid}`));

  it.each([
    ['by itself', `{ orders(first: 100) { nodes { ${inner} } } }`, undefined],
    ['from the end', `{ orders(last: 100) { nodes { ${inner} } } }`, undefined],
    ['by edges', `{ orders(first: 100) { edges { node { ${inner} } } } }`, undefined],
    ['by a fragment', `{ orders(first: 100) { nodes { ...A } } } fragment A on Order { ${inner} }`, undefined],
    [
      'by an inline fragment on an interface',
      `{ node(id: "Customer_${uuid}") { ... on Customer { orders(first: 100) { nodes { ${inner} } } } } }`,
      undefined,
    ],
    [
      'by many ids',
      `{ nodes(ids: ${hundredIds}) { ... on Customer { orders(first: 100) { nodes { customer { orders(first: 100) { nodes { id } } } } } } } }`,
      undefined,
    ],
    ['by a variable', `query ($n: Int) { orders(first: $n) { nodes { ${inner} } } }`, { n: 100 }],
    ['by the default of a variable', `query ($n: Int = 100) { orders(first: $n) { nodes { ${inner} } } }`, undefined],
    [
      'in what is included',
      `query ($yes: Boolean!) { orders(first: 100) { nodes { id ... @include(if: $yes) { ${inner} } } } }`,
      { yes: true },
    ],
    [
      'in what is not skipped',
      `query ($no: Boolean = false) { orders(first: 100) { nodes { id ... @skip(if: $no) { ${inner} } } } }`,
      undefined,
    ],
    ['by an impossible page size', `{ orders(first: 100000) { nodes { ${inner} } } }`, undefined],
    [
      'beside an impossible page size',
      `{ a: orders(first: -100000) { nodes { id } } b: orders(first: 100) { nodes { ${inner} } } }`,
      undefined,
    ],
    [
      'by two that are affordable alone',
      `{ ${['a', 'b', 'c'].map(a => `${a}: orders(first: 100) { nodes { customer { orders(first: 100) { nodes { items { id } customer { id } store { id } } } } } }`).join(' ')} d: orders(first: 60) { nodes { customer { orders(first: 100) { nodes { items { id } customer { id } } } } } } }`,
      undefined,
    ],
  ])('that is too costly %s', async (_how, query, variables) => {
    const refusal = await ask(query, variables);
    expectRefusal(refusal, 'QUERY_TOO_COSTLY', tooCostly);
    expect(refusal.status).toBe(400);
  });

  it('that asks for hundreds of figures over all orders', async () => {
    const figures = (count: number) =>
      `{ orderStatistics { ${Array.from({ length: count }, (_, n) => `f${n}: countsByBillingZip { zipCode }`).join(' ')} } }`;
    expect((await app.send(figures(200))).errors).toBeUndefined();
    expectRefusal(await ask(figures(300)), 'QUERY_TOO_COSTLY', tooCostly);
  });

  it('not for the cost of what is left out', async () => {
    const { errors } = await app.send(
      `query ($no: Boolean!) { orders(first: 100) { nodes { id ... @include(if: $no) { ${inner} } ...A @skip(if: true) } } }
       fragment A on Order { ${inner} }`,
      { no: false },
    );
    expect(errors).toBeUndefined();
  });

  it('before it is executed when its cost cannot be told, so that nothing slips through', async () => {
    const refusal = await ask(
      `query ($d: SortDirection = ASC) { a: orders(direction: $d) { totalCount } b: orders(first: 100) { nodes { ${inner} } } }`,
      { d: null },
    );
    expectRefusal(refusal, 'BAD_USER_INPUT', /"direction" of non-null type/);
    expect(refusal.text).not.toContain('"data"');
  });

  it('whose fragments unfold without end', async () => {
    const fragments = Array.from(
      { length: 25 },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
    ).join(' ');
    expectRefusal(
      await ask(`{ ...F0 } ${fragments} fragment F25 on Query { __typename }`),
      'QUERY_TOO_COSTLY',
      /^The query/,
    );
  });
});

describe('A request is refused', () => {
  const query = '{"query":"{ __typename }"}';
  const text = { 'content-type': 'text/plain' };

  it.each([
    ['whose body is no JSON', '{ orders', json],
    ['whose body is cut off', '{"query":"{ __typename', json],
    ['whose body has more behind it', `${query} and more`, json],
    ['whose body is empty', '', json],
    ['whose body is null', 'null', json],
    ['whose body is a string', '"{ __typename }"', json],
    ['whose body is an empty object', '{}', json],
    ['whose body is an array of queries', `[${query},${query}]`, json],
    ['whose body is an empty array', '[]', json],
    ['without a query', '{"variables":{}}', json],
    ['whose query is a number', '{"query":42}', json],
    ['whose query is empty', '{"query":""}', json],
    ['whose variables are text', '{"query":"{ __typename }","variables":"{}"}', json],
    ['whose variables are an array', '{"query":"{ __typename }","variables":[1]}', json],
    ['whose extensions are text', '{"query":"{ __typename }","extensions":"x"}', json],
    ['that is a form', 'query={ __typename }', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['that is plain text', query, text],
    ['that is bare GraphQL', '{ __typename }', { 'content-type': 'application/graphql' }],
    ['in an unknown character set', query, { 'content-type': 'application/json; charset=klingon' }],
    ['in an unknown encoding', query, { ...json, 'content-encoding': 'vogon' }],
    ['in an encoding that it does not have', query, { ...json, 'content-encoding': 'gzip' }],
    ['that accepts no JSON', query, { ...json, accept: 'image/png' }],
  ])('%s', async (_what, body, headers) => {
    expectRefusal(await post(body, headers), 'BAD_REQUEST', /\w/);
  });

  it('whose body is larger than a megabyte, with a word on how large it may be', async () => {
    const refusal = await post(JSON.stringify({ query: '{ __typename }', variables: { text: 'x'.repeat(1_100_000) } }));
    expectRefusal(refusal, 'REQUEST_TOO_LARGE', /1 ?MB/i);
    expect(refusal.status).toBe(413);
  });

  it('that a page of another site could send without asking', async () => {
    for (const headers of [undefined, text]) {
      const refusal = await send('/graphql?query={__typename}', headers ? { headers } : {});
      expectRefusal(refusal, 'BAD_REQUEST', /CSRF/);
    }
  });

  it.each([
    [
      'a mutation',
      '/graphql?query=mutation{retireStore(input:{id:"x"}){userErrors{code}}}',
      /only support query operations|mutation/,
    ],
    ['variables that are no JSON', '/graphql?query={__typename}&variables=x', /JSON/],
    ['no query', '/graphql?x=1', /query/],
  ])('that gets %s', async (_what, path, message) => {
    const refusal = await send(path, { headers: { 'apollo-require-preflight': '1' } });
    expectRefusal(refusal, 'BAD_REQUEST', message);
  });

  it.each(['PUT', 'PATCH'])('by the method %s', async method => {
    expectRefusal(await send('/graphql', { method, headers: json, body: query }), 'BAD_REQUEST', /GET\/POST/);
  });

  it('that names a persisted query that is none', async () => {
    const body = { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } };
    expectRefusal(
      await post(JSON.stringify(body)),
      'PERSISTED_QUERY_MISMATCH',
      /is not that of the query; send its SHA-256/,
    );
  });

  it('without harm: the next one is answered', async () => {
    expect(await app.ask('{ __typename }')).toEqual({ __typename: 'Query' });
  });
});
