import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { type Caller, createCaller, startTestApp, type TestApp } from './support/app.js';

// The ORM's own copy of the driver: the API's statements go through it.
const require = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/postgresql'));
const { prototype } = (require('pg') as { Client: typeof Client }).Client;
const query = prototype.query as (...args: unknown[]) => unknown;

const settings = {
  TOKEN_SECRETS: 'a secret of both servers that is long enough',
  QUERY_MAX_COST: '1000000000',
  QUERY_MAX_DEPTH: '30',
};
/** Leaves all to the resolvers and their loaders. */
let app: TestApp;
/** Reads by plans, from the same database. */
let plans: Awaited<ReturnType<typeof startApp>>;
let planned: Caller;
let statements: string[] = [];
beforeAll(async () => {
  app = await startTestApp({ data: 'empty', settings: { ...settings, READ_PLANS: 'false' } });
  await insertShop();
  const { url } = app.database;
  plans = await startApp(loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: url, ...settings }), url);
  planned = createCaller(plans.url, app.headers);
  // When a zone's clocks are changed is asked for once, and kept.
  for (const caller of [app, planned]) {
    await caller.ask('{ orderStatistics { inStorePurchasesByHour { count } } }');
  }
  prototype.query = function (this: Client, ...args: unknown[]) {
    const text = (args[0] as { text?: string }).text ?? String(args[0]);
    // What the server does on its own now and then belongs to no query: looking for deliveries and for a living
    // connection; nor does what it asks of who sends it, and keeps.
    if (
      !/^with due as|^begin|^commit|clock_timestamp|^listen |"sessionId"|"platform"."(tenants|mails|throttles)"/.test(
        text,
      )
    ) {
      statements.push(text);
    }
    return query.apply(this, args);
  } as typeof prototype.query;
});
afterAll(async () => {
  prototype.query = query as typeof prototype.query;
  await plans.close();
  await app.close();
});

/**
 * 120 customers, stores and products, 120 shipped orders and as many older in-store purchases. Each shipped order has all relations that an order can have: an address for
 * billing, two for shipping, a store with an address, two items. Each kind of address lies in a country of its own, so
 * that no relation is answered by what another has loaded.
 */
async function insertShop(): Promise<void> {
  await app.database.query(`
    create function id(kind int, n int) returns uuid language sql as
      $$ select ('00000000-0000-7000-800' || kind || '-' || lpad(n::text, 12, '0'))::uuid $$;
    insert into addresses (id, line1, city, zip_code, country_code)
      select id(kind, n), 'Deck ' || n, 'City', 'Z' || n % 50, (array['GB', 'FR', 'DE', 'CH', 'US'])[kind]
      from generate_series(1, 5) kind, generate_series(1, 120) n;
    insert into customers (id, email, first_name, last_name) select id(6, n), n || '@example', 'Customer', n::text from generate_series(1, 120) n;
    insert into customer_addresses (customer_id, kind, address_id)
      select id(6, n), kind, id(4, n) from generate_series(1, 120) n, unnest(array['BILLING', 'SHIPPING']) kind;
    insert into stores (id, name, address_id) select id(7, n), 'Store ' || n, id(5, n) from generate_series(1, 120) n;
    insert into products (id, sku, name, price, currency_code) select id(8, n), 'SKU-' || n, 'Product', n, 'USD' from generate_series(1, 120) n;
    begin;
    insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
      select id(9, n), id(6, n), id(1, n), id(7, n), 'SHIPPED', now() - n * interval '1 hour', 'USD' from generate_series(1, 120) n;
    insert into order_shipping_addresses (order_id, address_id)
      select id(9, n), id(kind, n) from generate_series(1, 120) n, generate_series(2, 3) kind;
    commit;
    begin;
    insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, placed_at, currency_code)
      select id(9, 1000 + n), id(6, n), id(1, n), id(7, n), 'PICK_UP', now() - (n + 1000) * interval '1 hour', 'USD' from generate_series(1, 120) n;
    commit;
    insert into order_items (id, order_id, line_number, product_id, product_name, quantity, currency_code, currency_decimals, unit_price)
      select gen_random_uuid(), o.id, line, id(8, (right(o.id::text, 3)::int + line) % 120 + 1), 'Product', 1, 'USD', 2, 1
      from orders o, generate_series(1, 2) line;
    insert into order_shipments (item_id, address_id, quantity)
      select i.id, l.address_id, 1 from order_items i join order_shipping_addresses l using (order_id);
    insert into stock_levels (id, product_id, store_id, on_hand)
      select gen_random_uuid(), id(8, n), id(7, (n + place) % 120 + 1), 1 from generate_series(1, 120) n, generate_series(1, 3) place;
    insert into users (id, email, name, role)
      select ('00000000-0000-7000-800a-' || lpad(n::text, 12, '0'))::uuid, n || '@staff.example', 'User ' || n, 'CLERK' from generate_series(1, 120) n;
    insert into sessions (id, user_id, expires_at) select gen_random_uuid(), id, now() from users, generate_series(1, 2);
    insert into users (id, email, name, role) select id(0, kind * 1000 + n), kind || '-' || n || '@example', 'User ' || n, 'CLERK'
      from generate_series(1, 3) kind, generate_series(1, 120) n;
    insert into tasks (id, title, assignee_id, creator_id, completed_by_id, order_id, customer_id, state, completed_at)
      select gen_random_uuid(), 'Task ' || n, id(0, 1000 + n), id(0, 2000 + n), case state when 'COMPLETED' then id(0, 3000 + n) end,
        id(9, n), id(6, n), state, case state when 'COMPLETED' then now() end
      from generate_series(1, 120) n, unnest(array['OPEN', 'COMPLETED']) state, generate_series(1, 2);
    insert into history (id, subject_type, subject, version, actor, action, changes)
      select gen_random_uuid(), type, subject, version, 'ford', 'UPDATED', '[]' from generate_series(1, 2) version, (
        select 'CUSTOMER', id from customers union all select 'ORDER', id from orders union all
        select 'PRODUCT', id from products union all select 'STORE', id from stores union all
        select 'STOCK_LEVEL', id from stock_levels union all select 'USER', id from users union all
        select 'TASK', id from tasks) subjects(type, subject);
    update history set user_id = (select id from users order by id limit 1);
    insert into webhooks (id, url, secret, event_types) select gen_random_uuid(), 'https://shop.example', 'whsec_', '{}'
      from generate_series(1, 120);
    insert into webhook_deliveries (id, webhook_id, event_id, subject, version, state)
      select gen_random_uuid(), w.id, h.id, h.subject, h.version, 'DEAD' from webhooks w,
        (select * from history order by id limit 10) h;
    insert into pages (id, title, url, language, search_configuration, body)
      select gen_random_uuid(), 'Towel ' || n, '/' || n, 'en', 'english', 'A towel' from generate_series(1, 120) n;
    update customers set merged_into_id = id(6, 121 - right(id::text, 3)::int) where id <= id(6, 20);`);
}

/** How many statements the API sends for a query, and what it answers. */
async function count(text: string, variables?: object, caller: Caller = app): Promise<number> {
  statements = [];
  await caller.ask(text, variables);
  return statements.length;
}

const sizes = [1, 10, 100];

/** Sends the query with pages of 1, 10 and 100 and gives the numbers of statements. */
async function countAtEachSize(selection: string, caller?: Caller): Promise<number[]> {
  const counts: number[] = [];
  for (const first of sizes) {
    counts.push(await count(`query ($first: Int) { ${selection} }`, { first }, caller));
  }
  return counts;
}

/** Each relation of the schema, a query that reads it for a page of objects, and how many levels and relations that has. */
const relations: Record<string, [selection: string, statements: number]> = {
  'Query.countries': ['countries(first: $first) { nodes { name } }', 1],
  'Query.customers': ['customers(first: $first) { nodes { lastName } }', 1],
  'Query.orders': ['orders(first: $first) { nodes { status } }', 1],
  'Query.pages': ['pages(first: $first) { nodes { title } }', 1],
  'Query.products': ['products(first: $first) { nodes { sku price { amount } } }', 1],
  'Query.stores': ['stores(first: $first) { nodes { name } }', 1],
  'Customer.addresses': ['customers(first: $first) { nodes { addresses { zipCode } } }', 2],
  'Customer.history': ['customers(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'Customer.mergedInto': ['orders(first: $first) { nodes { customer { mergedInto { lastName } } } }', 3],
  'Customer.orders': ['customers(first: $first) { nodes { orders(first: $first) { nodes { status } } } }', 2],
  'Address.country': ['customers(first: $first) { nodes { addresses { country { name } } } }', 3],
  'Order.billingAddress': ['orders(first: $first) { nodes { billingAddress { zipCode } } }', 2],
  'Order.customer': ['orders(first: $first) { nodes { customer { lastName } } }', 2],
  'Order.history': ['orders(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'Order.shipments': ['orders(first: $first) { nodes { shipments { items { quantity item { lineNumber } } } } }', 3],
  'Order.items': [
    'orders(first: $first) { nodes { items { quantity lineTotal { amount } unitPrice { amount } } } }',
    2,
  ],
  'Order.shippingAddresses': ['orders(first: $first) { nodes { shippingAddresses { zipCode } } }', 2],
  'Order.store': ['orders(first: $first) { nodes { store { name } } }', 2],
  'Order.total': ['orders(first: $first) { nodes { subtotal { amount } tax { amount } total { amount } } }', 2],
  'OrderItem.order': [
    'products(first: $first) { nodes { orderItems(first: $first) { nodes { order { status } } } } }',
    3,
  ],
  'OrderItem.product': ['orders(first: $first) { nodes { items { product { sku } } } }', 3],
  'Product.orderItems': ['products(first: $first) { nodes { orderItems(first: $first) { nodes { quantity } } } }', 2],
  'Product.history': ['products(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'Product.stockLevels': ['products(first: $first) { nodes { stockLevels { available } } }', 2],
  'Shipment.address': ['orders(first: $first) { nodes { shipments { address { zipCode } } } }', 4],
  'StockLevel.history': ['products(first: $first) { nodes { stockLevels { history { nodes { action } } } } }', 3],
  'StockLevel.product': [
    'stores(first: $first) { nodes { stockLevels(first: $first) { nodes { product { sku } } } } }',
    3,
  ],
  'StockLevel.store': ['products(first: $first) { nodes { stockLevels { store { name } } } }', 3],
  // As below, and the pages before their texts.
  'Query.search': ['search(query: "towel", language: "en", first: $first) { rank item { __typename } }', 4],
  'SearchHit.title': ['search(query: "towel", language: "en", first: $first) { title { text } }', 6],
  'SearchHit.snippet': [
    'search(query: "towel", language: "en", first: $first) { title { text } snippet { text } item { ... on Page { body } } }',
    7,
  ],
  'Store.history': ['stores(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'Store.stockLevels': ['stores(first: $first) { nodes { stockLevels(first: $first) { nodes { onHand } } } }', 2],
  'Customer.tasks': ['customers(first: $first) { nodes { tasks(first: $first) { nodes { title } } } }', 2],
  'Order.tasks': ['orders(first: $first) { nodes { tasks(first: $first) { nodes { title } } } }', 2],
  'Query.tasks': ['tasks(first: $first) { nodes { title } }', 1],
  'Query.history': ['history(id: "Store_00000000-0000-7000-8007-000000000001", first: $first) { nodes { action } }', 1],
  'Task.assignee': ['tasks(first: $first) { nodes { assignee { name } } }', 2],
  'Task.completedBy': ['tasks(first: $first, filter: { state: COMPLETED }) { nodes { completedBy { name } } }', 2],
  'Task.creator': ['tasks(first: $first) { nodes { creator { name } } }', 2],
  'Task.customer': ['tasks(first: $first) { nodes { customer { lastName } } }', 2],
  'Task.history': ['tasks(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'Task.order': ['tasks(first: $first) { nodes { order { status } } }', 2],
  'User.tasks': ['tasks(first: $first) { nodes { assignee { tasks(first: $first) { nodes { title } } } } }', 3],
  'Query.webhooks': ['webhooks(first: $first) { nodes { url } }', 1],
  'Webhook.deliveries': ['webhooks(first: $first) { nodes { deliveries(first: $first) { nodes { state } } } }', 2],
  'WebhookDelivery.event': [
    'webhooks(first: $first) { nodes { deliveries(first: $first) { nodes { event { action } eventType subjectId } } } }',
    3,
  ],
  'Query.users': ['users(first: $first) { nodes { name } }', 1],
  'Query.sessions': ['sessions(first: $first) { nodes { userAgent isCurrent } }', 1],
  'User.history': ['users(first: $first) { nodes { history(first: $first) { nodes { action } } } }', 2],
  'User.sessions': ['users(first: $first) { nodes { sessions(first: $first) { nodes { createdAt } } } }', 2],
  'HistoryEntry.user': [
    'products(first: $first) { nodes { history(first: $first) { nodes { actor user { name } } } } }',
    3,
  ],
  'Store.address': ['stores(first: $first) { nodes { address { zipCode } } }', 2],
  'Store.orders': ['stores(first: $first) { nodes { orders(first: $first) { nodes { status } } } }', 2],
  'OrderStatistics.countsByBillingZip': ['orderStatistics { countsByBillingZip(first: $first) { count } }', 1],
  'OrderStatistics.countsByShippingZip': ['orderStatistics { countsByShippingZip(first: $first) { count } }', 1],
  'OrderStatistics.inStorePurchasesByHour': [
    'orderStatistics { inStorePurchasesByHour { count } countsByBillingZip(first: $first) { count } }',
    2,
  ],
  'OrderStatistics.topInStoreCustomers': [
    'orderStatistics { topInStoreCustomers(first: $first) { orderCount customer { lastName orders(first: $first) { nodes { status } } } } }',
    2,
  ],
};

describe('The number of statements', () => {
  it.each(Object.entries(relations))(
    'of %s is the same for pages of 1, 10 and 100',
    async (_relation, [selection, expected]) => {
      expect(await countAtEachSize(selection)).toEqual(sizes.map(() => expected));
    },
  );

  it('is known for every relation of the schema', async () => {
    const { __schema } = await app.ask(`{ __schema { types { name kind fields {
      name type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }`);
    // Of these, nothing is read by itself.
    const values = ['Money', 'PageInfo', 'OrderStatistics', 'FieldChange', 'ShipmentItem'];
    const named = (type: { name: string; kind: string; ofType?: never }): { name: string; kind: string } =>
      type.ofType ? named(type.ofType) : type;
    const found: string[] = __schema.types
      .filter(
        ({ name }: { name: string }) =>
          !/^__|Connection$|Edge$|Payload$|^(InStoreCustomer|Mutation|OrderChange|ShipmentItem|Subscription)$/.test(
            name,
          ),
      )
      .flatMap(({ name: owner, fields }: { name: string; fields: { name: string; type: never }[] | null }) =>
        (fields ?? [])
          .filter(({ type }) => named(type).kind === 'OBJECT' && !values.includes(named(type).name))
          .map(({ name }) => `${owner}.${name}`),
      );
    // Shops are the platform's, in which its operators ask for them.
    const ofPlatform = ['Query.tenant', 'Query.tenants', 'Query.tenantRegistration', 'Tenant.history'];
    const single = [
      'Query.country',
      'Query.customer',
      'Query.customerByContact',
      'Query.me',
      'Query.order',
      'Query.page',
      'Query.product',
      'Query.store',
      'Query.user',
      'Query.task',
    ];
    expect([...Object.keys(relations), ...single, ...ofPlatform].sort()).toEqual([...found, 'Order.total'].sort());
  });

  it.each([
    ['me', '{ me { name } }'],
    ['user', '{ user(id: "User_00000000-0000-7000-800a-000000000001") { name } }'],
    ['country', '{ country(iso2Code: "GB") { name } }'],
    ['customer', '{ customer(id: "Customer_00000000-0000-7000-8006-000000000001") { lastName } }'],
    ['customerByContact', '{ customerByContact(contact: "1@example") { lastName } }'],
    ['order', '{ order(id: "Order_00000000-0000-7000-8009-000000000001") { status } }'],
    ['page of the Guide', '{ page(id: "Page_00000000-0000-7000-8008-000000000001") { title } }'],
    ['product', '{ product(id: "Product_00000000-0000-7000-8008-000000000001") { sku } }'],
    ['store', '{ store(id: "Store_00000000-0000-7000-8007-000000000001") { name } }'],
    ['task', '{ task(id: "Task_00000000-0000-7000-8007-000000000001") { title } }'],
    ['node', '{ node(id: "Store_00000000-0000-7000-8007-000000000001") { id } }'],
  ])('of %s by its key is 1', async (_field, text) => {
    expect(await count(text)).toBe(1);
  });

  it('of many by their keys is 1 for each type, whatever the number of keys', async () => {
    const ids = (size: number) =>
      Array.from({ length: size }, (_, index) => [
        `Customer_00000000-0000-7000-8006-${String(index + 1).padStart(12, '0')}`,
        `Store_00000000-0000-7000-8007-${String(index + 1).padStart(12, '0')}`,
      ]).flat();
    for (const size of [1, 10, 50]) {
      expect(await count('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ids(size) })).toBe(2);
    }
  });

  it('of pages with their texts is 2, and without them no text is read', async () => {
    expect(await countAtEachSize('pages(first: $first) { nodes { title body } }')).toEqual([2, 2, 2]);
    await count('{ pages { nodes { title } } }');
    expect(statements.join()).not.toContain('body');
  });

  it('does not grow with the number of objects in a page of everything that an order has', async () => {
    const counts = await countAtEachSize(`orders(first: $first) { nodes {
      status total { amount }
      customer { lastName addresses { zipCode country { name } } }
      store { name address { zipCode country { name } } }
      billingAddress { zipCode country { name } }
      shippingAddresses { zipCode country { name } }
      items { quantity product { sku } } } }`);
    // The list, the total, the customer with 2, the store with 2, billing with 1, shipping with 1, items with 1.
    expect(counts).toEqual([14, 14, 14]);
  });

  it('is that of the levels in a query that goes round in circles', async () => {
    const counts = await countAtEachSize(`customers(first: $first) { nodes { orders(first: $first) { nodes {
      items { product { orderItems(first: 2) { nodes { order { customer { lastName } } } } } } } } } }`);
    expect(counts).toEqual([7, 7, 7]);
  });

  it('goes down when a circle comes back to what was read', async () => {
    const counts = await countAtEachSize(
      'orders(first: $first) { nodes { items { order { items { order { status } } } } } }',
    );
    expect(counts).toEqual([3, 3, 3]);
  });

  it('counts a total count once for all objects of a level', async () => {
    const counts = await countAtEachSize(`customers(first: $first) { totalCount nodes {
      orders(first: 1) { totalCount nodes { status } } } }`);
    expect(counts).toEqual([4, 4, 4]);
  });

  it('counts one connection for each set of arguments, under an alias each', async () => {
    const counts = await countAtEachSize(`customers(first: $first) { nodes {
      newest: orders(first: 1) { nodes { status } }
      oldest: orders(first: 1, direction: ASC) { nodes { status } }
      shipped: orders(first: 1, filter: { inStore: false }) { nodes { status } } } }`);
    expect(counts).toEqual([4, 4, 4]);
  });

  it('counts a relation once under several aliases', async () => {
    const counts = await countAtEachSize(`orders(first: $first) { nodes {
      a: customer { lastName } b: customer { firstName } c: items { quantity } d: items { lineNumber } } }`);
    expect(counts).toEqual([3, 3, 3]);
  });

  it('counts a total count once under several aliases', async () => {
    const counts = await countAtEachSize('orders(first: $first) { a: totalCount b: totalCount nodes { status } }');
    expect(counts).toEqual([2, 2, 2]);
  });

  it('is the same with fragments, edges and directives', async () => {
    const counts: number[] = [];
    for (const first of sizes) {
      counts.push(
        await count(
          `query ($first: Int, $no: Boolean = false) {
             orders(first: $first) { edges { cursor node { ...Whole ...Part } } pageInfo { endCursor } } }
           fragment Whole on Order { ...Part customer { lastName } store @include(if: $no) { name } }
           fragment Part on Order { ... on Node { id } customer { firstName } items @skip(if: $no) { product { sku } } }`,
          { first },
        ),
      );
    }
    expect(counts).toEqual([4, 4, 4]);
  });

  it('is none for a query that asks nothing of the database', async () => {
    expect(await count('{ __typename orderStatistics { __typename } }')).toBe(0);
  });

  it('is none for a query that is refused', async () => {
    statements = [];
    await app.send('{ orders(first: 0) { nodes { id } } }');
    await app.send('{ customers(after: "no cursor") { nodes { id } } }');
    await app.send('{ customer(id: "no id") { id } }');
    expect(statements).toEqual([]);
  });
});

/** Relations that are found in steps, or are asked for beside others that are read by themselves, and their statements. */
const severalStatements: Record<string, number> = {
  // The words, the pages and the products that fit, and the pages again; the beginnings of the pages' texts and the stems of their words.
  'Query.search': 4,
  'SearchHit.title': 5,
  'SearchHit.snippet': 6,
  'OrderStatistics.inStorePurchasesByHour': 2,
};

describe('The number of statements of a read plan', () => {
  it.each(
    Object.entries(relations).map(
      ([relation, [selection]]) => [relation, severalStatements[relation] ?? 1, selection] as const,
    ),
  )('of %s is %i for pages of 1, 10 and 100', async (_relation, expected, selection) => {
    expect(await countAtEachSize(selection, planned)).toEqual(sizes.map(() => expected));
  });

  it('is 1 for a page of everything that an order has, with cursors, counts and directives', async () => {
    const counts = await countAtEachSize(
      `orders(first: $first) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
        status subtotal { amount } total { amount }
        customer { lastName orders(first: 2) { totalCount nodes { placedAt } } addresses { zipCode country { name } } }
        store { name address { zipCode } }
        billingAddress { zipCode } shippingAddresses { zipCode country { name } }
        items @include(if: true) { quantity product { sku stockLevels { available } } } } } }`,
      planned,
    );
    expect(counts).toEqual([1, 1, 1]);
  });

  it('is 1 for each field of a query', async () => {
    const text = `{ stores(first: 2) { nodes { name } } products(first: 2) { nodes { sku } }
      node(id: "Store_00000000-0000-7000-8007-000000000001") { id ... on Store { address { country { name } } } } }`;
    expect(await count(text, undefined, planned)).toBe(3);
  });

  it('reads no text of a page that is not asked for', async () => {
    await count('{ pages { nodes { title } } }', undefined, planned);
    expect(statements.join()).not.toContain('body');
  });
});
