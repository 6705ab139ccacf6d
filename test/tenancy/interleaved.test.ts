import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'graphql-sse';
import { startTestApp, type TestApp } from '../support/app.js';
import { makeTenant, type TestTenant } from './tenant-fixtures.js';

const tenantCount = 20;
const rounds = 15;

let app: TestApp;
let tenants: TestTenant[];
beforeAll(async () => {
  // Few connections, so that all tenants share each of them with its prepared statements.
  app = await startTestApp({ settings: { DATABASE_POOL_MAX: '3' } });
  tenants = [];
  for (let number = 0; number < tenantCount; number += 1) {
    tenants.push(await makeTenant(app, `Shop ${number}`, { seed: true }));
  }
  // The sample data have the same ids in every shop, so only the shop tells their rows apart.
  for (const { name, schema } of tenants) {
    await app.database.query(
      `update ${schema}.customers set last_name = '${name}'; update ${schema}.stores set name = name || ' of ${name}';
       update ${schema}.products set name = '${name}'; update ${schema}.addresses set city = '${name}'`,
    );
  }
}, 120_000);
afterAll(() => app.close());

const everything = `query ($id: ID!) {
  me { name }
  node(id: $id) { ... on Customer { lastName orders(first: 3) { nodes { customer { lastName } } } } }
  customers(first: 3) { nodes { lastName addresses { city } } }
  orders(first: 5) { nodes {
    customer { lastName } store { name address { city } } billingAddress { city } shippingAddresses { city }
    items { product { name } } } }
  products(first: 3) { nodes { name stockLevels { product { name } } } }
  search(query: "shop", language: "en", first: 5) { item { ... on Product { name } } }
}`;

/** The numbers of all shops that an answer names. */
function shopsIn(answer: unknown): string[] {
  return [...new Set(Array.from(JSON.stringify(answer).matchAll(/Shop (\d+)/g), ([, number]) => number!))];
}

test('Requests of twenty shops at once over three connections get the rows of their own shop alone', async () => {
  const [customer] = await app.database.query<{ id: string }>(`select id from customers order by id limit 1`);
  const variables = { id: `Customer_${customer!.id}` };
  const mixed: unknown[] = [];
  await Promise.all(
    tenants.flatMap(({ name, owner }) =>
      Array.from({ length: rounds }, async () => {
        const answer = await owner.ask(everything, variables);
        const shops = shopsIn(answer);
        if (shops.length !== 1 || `Shop ${shops[0]}` !== name) {
          mixed.push([name, shops]);
        }
      }),
    ),
  );
  expect(mixed).toEqual([]);
}, 120_000);

test('Changes of twenty shops at once stand in their own shop alone', async () => {
  await Promise.all(
    tenants.flatMap(({ name, owner }) =>
      Array.from({ length: 5 }, async (_, number) => {
        const product = { sku: `NEW-${number}`, name: `${name} new`, price: '1', currencyCode: 'USD' };
        expect((await owner.change('createProduct', product)).userErrors).toEqual([]);
      }),
    ),
  );
  for (const { name, schema } of tenants) {
    const rows = await app.database.query(`select distinct name from ${schema}.products where sku like 'NEW-%'`);
    expect(rows).toEqual([{ name: `${name} new` }]);
    const [entry] = await app.database.query(
      `select count(*)::int as count from ${schema}.history where action = 'CREATED'`,
    );
    expect(entry).toEqual({ count: 5 });
  }
  expect(await app.database.query(`select from products where sku like 'NEW-%'`)).toEqual([]);
});

test('Who subscribes in one shop hears of that shop alone', async () => {
  const [first, second] = [tenants[0]!, tenants[1]!];
  const heard: string[] = [];
  const [order] = await app.database.query<{ id: string }>(`select id from orders where status = 'PENDING' limit 1`);
  const query = 'subscription { orderChanged { action order { customer { lastName } } } }';
  const client = createClient({ url: `${app.url}/graphql/stream`, headers: first.owner.headers, retryAttempts: 0 });
  const events = client.iterate<{ orderChanged: { action: string; order: { customer: { lastName: string } } } }>({
    query,
  });
  const listening = (async () => {
    for await (const { data } of events) {
      heard.push(data!.orderChanged.order.customer.lastName);
      if (data!.orderChanged.action === 'STARTED') {
        return;
      }
    }
  })();
  // Told until somebody listens: of the other shop first each time.
  const stock = { sku: 'TOWEL-BEACH', by: 1 };
  await second.owner.change('adjustStock', stock);
  await new Promise(resolve => setTimeout(resolve, 300));
  await second.owner.change('startOrder', { id: `Order_${order!.id}` });
  await first.owner.change('startOrder', { id: `Order_${order!.id}` });
  await listening;
  client.dispose();
  expect([...new Set(heard)]).toEqual([first.name]);
});
