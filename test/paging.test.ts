import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { Role } from '../src/permissions.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';

/** A connection of the schema, as introspection shows it. */
interface Connection {
  /** The type that has it, such as Query or Customer. */
  owner: string;
  field: string;
  /** Its enum arguments and their values; undefined stands for an argument that is left out. */
  enums: Record<string, (string | undefined)[]>;
}

interface TypeRef {
  kind: string;
  name: string;
  ofType?: TypeRef;
}

const named = (type: TypeRef): TypeRef => (type.ofType ? named(type.ofType) : type);

// What a page of any connection looks like.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Page = any;

const everything = `nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  // More countries only take longer to walk over; test/countries.test.ts has a list of more than a hundred.
  await app.database.query(
    'delete from platform.countries where iso2_code not in (select iso2_code from platform.countries order by 1 limit 25)',
  );
  // A webhook of its own has a delivery for each entry of that history.
  await app.database.query(
    `insert into webhooks (id, url, secret, event_types, state)
     select gen_random_uuid(), 'https://shop.example/' || n, 'whsec_', '{}', case n when 1 then 'ACTIVE' else 'DISABLED' end
     from generate_series(1, 5) n`,
  );
  // One object of each type has a history of eight entries.
  await app.database.query(
    `insert into history (id, subject_type, subject, version, actor, action, changes)
     select gen_random_uuid(), type, subject, version, 'ford', 'UPDATED', '[]' from generate_series(1, 8) version, (
       select distinct on (type) * from (
         select 'CUSTOMER', id from customers union all select 'ORDER', id from orders union all
         select 'PRODUCT', id from products union all select 'STORE', id from stores union all
         select 'STOCK_LEVEL', id from stock_levels union all select 'USER', id from users union all
         select 'TASK', id from tasks) subjects(type, subject)) subjects`,
  );
  await app.database.query(
    `insert into platform.tenants (id, name, schema, state)
       select gen_random_uuid(), 'Shop ' || n, 'tenant_' || n, (array['ACTIVE', 'SUSPENDED', 'PROVISIONING', 'REMOVING'])[1 + n % 4] from generate_series(1, 12) n`,
  );
  await app.database.query(
    `insert into platform.history (id, subject_type, subject, version, actor, action, changes)
     select gen_random_uuid(), 'TENANT', (select id from platform.tenants where schema = 'tenant_1'), version, 'ford', 'UPDATED', '[]'
     from generate_series(1, 8) version`,
  );
  // A user of each role in each state, and a user with several sessions, two of which began together.
  await app.database.query(
    `insert into users (id, email, name, role, state, password_hash)
       select gen_random_uuid(), role || state || '@paging.example', 'User ' || state, role, state, ''
       from unnest(array['OWNER', 'MANAGER', 'CLERK', 'ANALYST']) role, unnest(array['INVITED', 'ACTIVE', 'DEACTIVATED']) state;
     insert into sessions (id, user_id, created_at, expires_at)
       select gen_random_uuid(), (select id from users where email = 'owner@pier2.example'), now() - n / 2 * interval '1 day', now() + interval '1 day'
       from generate_series(1, 5) n`,
  );
  // One of each has tasks, half of which are due on the same day.
  await app.database.query(
    `insert into tasks (id, title, due_on, priority, assignee_id, order_id, customer_id, state, completed_at)
     select gen_random_uuid(), 'Task ' || n % 3, case when n % 2 = 0 then date '2026-05-25' end,
       (array['LOW', 'NORMAL', 'HIGH', 'URGENT'])[1 + n % 4], (select min(id::text)::uuid from users),
       (select min(id::text)::uuid from orders), (select min(id::text)::uuid from customers), state,
       case state when 'COMPLETED' then now() end
     from generate_series(1, 3) n, unnest(array['OPEN', 'COMPLETED']) state`,
  );
  await app.database.query(
    `update webhooks set state = 'DISABLED';
     update webhook_deliveries set state = (array['PENDING', 'DELIVERED', 'DEAD'])[1 + abs(hashtext(id::text)) % 3]`,
  );
});
afterAll(() => app.close());

async function connectionsOfSchema(): Promise<Connection[]> {
  const { __schema } = await app.ask(getIntrospectionQuery());
  const valuesOf = (type: TypeRef) =>
    __schema.types
      .find(({ name }: TypeRef) => name === named(type).name)
      .enumValues.map(({ name }: TypeRef) => name)
      // Operators are of the platform, so a shop has none.
      .filter((name: string) => name !== 'OPERATOR');
  return __schema.types.flatMap(
    (type: { name: string; fields?: { name: string; type: TypeRef; args: { name: string; type: TypeRef }[] }[] }) =>
      (type.fields ?? [])
        .filter(field => named(field.type).name.endsWith('Connection'))
        .map(field => ({
          owner: type.name,
          field: field.name,
          enums: Object.fromEntries(
            field.args
              .filter(arg => named(arg.type).kind === 'ENUM')
              .map(arg => [arg.name, [...valuesOf(arg.type), ...(arg.type.kind === 'NON_NULL' ? [] : [undefined])]]),
          ),
        })),
  );
}

/** Every choice of enum arguments, as text, such as `sort: NAME, direction: ASC`. */
function choices(enums: Connection['enums']): string[] {
  return Object.entries(enums).reduce<string[]>(
    (all, [name, values]) =>
      all.flatMap(text => values.map(value => [text, value && `${name}: ${value}`].filter(Boolean).join(', '))),
    [''],
  );
}

/** Reads pages of a connection; one of a type other than Query is read on the object that has the most in it. */
async function reader({ owner, field }: Connection): Promise<(args: string) => Promise<Page>> {
  const call = (args: string) => `${field}${args.trim() ? `(${args})` : ''} { ${everything} }`;
  if (`${owner}.${field}` === 'Query.history') {
    const id = await fullest('StockLevel', field);
    return async args =>
      (await app.ask(`query ($id: ID!) { ${field}(id: $id ${args}) { ${everything} } }`, { id })).history;
  }
  if (owner === 'Query') {
    const caller = await callerOf(field === 'tenants' ? 'Tenant' : owner);
    return async args => (await caller.ask(`{ ${call(args)} }`))[field];
  }
  const caller = await callerOf(owner);
  const id = await fullest(owner, field);
  return async args =>
    (await caller.ask(`query ($id: ID!) { node(id: $id) { ... on ${owner} { ${call(args)} } } }`, { id })).node[field];
}

/** Who may read it: shops are the platform's. */
async function callerOf(owner: string): Promise<Caller> {
  return owner === 'Tenant' ? app.as(Role.OPERATOR) : app;
}

async function fullest(owner: string, field: string): Promise<string> {
  if (owner === 'StockLevel') {
    const [row] = await app.database.query<{ id: string }>(
      'select subject as id from history where subject_type = $1',
      ['STOCK_LEVEL'],
    );
    return `StockLevel_${row!.id}`;
  }
  if (owner === 'User' && field === 'tasks') {
    const [row] = await app.database.query<{ id: string }>('select min(assignee_id::text) as id from tasks');
    return `User_${row!.id}`;
  }
  const list = {
    Customer: 'customers',
    Order: 'orders',
    Product: 'products',
    Store: 'stores',
    User: 'users',
    Task: 'tasks',
    Tenant: 'tenants',
    Webhook: 'webhooks',
  }[owner]!;
  const { [list]: page } = await (
    await callerOf(owner)
  ).ask(`{ ${list}(first: 100) { nodes { id ${field} { totalCount } } } }`);
  const count = (node: Page) => node[field].totalCount;
  return page.nodes.reduce((best: Page, node: Page) => (count(node) > count(best) ? node : best)).id;
}

/** Walks from one end to the other and gives the pages as they came. */
async function walk(
  read: (args: string) => Promise<Page>,
  choice: string,
  size: number,
  way: 'forward' | 'backward',
): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | undefined; ;) {
    const place = cursor === undefined ? '' : way === 'forward' ? `after: "${cursor}"` : `before: "${cursor}"`;
    const page = await read(`${choice} ${way === 'forward' ? 'first' : 'last'}: ${size} ${place}`);
    pages.push(page);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    const more = way === 'forward' ? hasNextPage : hasPreviousPage;
    if (!more) {
      return pages;
    }
    cursor = way === 'forward' ? endCursor : startCursor;
  }
}

const idsOf = (page: Page): string[] => page.nodes.map(({ id }: { id: string }) => id);

/** The pages make up the whole list, and each says rightly where it lies. */
function expectWhole(pages: Page[], whole: string[], size: number): void {
  expect(pages.flatMap(idsOf)).toEqual(whole);
  expect(pages).toHaveLength(Math.max(1, Math.ceil(whole.length / size)));
  for (const [index, { nodes, edges, pageInfo, totalCount }] of pages.entries()) {
    expect(nodes.length).toBeLessThanOrEqual(size);
    expect(edges.map(({ node }: Page) => node)).toEqual(nodes);
    expect(totalCount).toBe(whole.length);
    expect(pageInfo).toEqual({
      hasPreviousPage: index > 0,
      hasNextPage: index < pages.length - 1,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    });
  }
}

describe('Every connection of the schema', () => {
  it('is one that these tests know how to reach', async () => {
    const found = await connectionsOfSchema();
    expect(found.map(({ owner, field }) => `${owner}.${field}`).sort()).toEqual([
      'Customer.history',
      'Customer.orders',
      'Customer.tasks',
      'Order.history',
      'Order.tasks',
      'Product.history',
      'Product.orderItems',
      'Query.countries',
      'Query.customers',
      'Query.history',
      'Query.orders',
      'Query.pages',
      'Query.products',
      'Query.sessions',
      'Query.stores',
      'Query.tasks',
      'Query.tenants',
      'Query.users',
      'Query.webhooks',
      'StockLevel.history',
      'Store.history',
      'Store.orders',
      'Store.stockLevels',
      'Task.history',
      'Tenant.history',
      'User.history',
      'User.sessions',
      'User.tasks',
      'Webhook.deliveries',
    ]);
  });

  it.each([1, 2, 3, 100])(
    'gives the whole list by pages of %i, forward and backward, in every order',
    async size => {
      const check = async (connection: Connection) => {
        const read = await reader(connection);
        for (const choice of choices(connection.enums)) {
          const whole = (await walk(read, choice, 100, 'forward')).flatMap(idsOf);
          expect(new Set(whole).size).toBe(whole.length);
          for (const way of ['forward', 'backward'] as const) {
            const pages = await walk(read, choice, size, way);
            expectWhole(way === 'forward' ? pages : pages.reverse(), whole, size);
          }
        }
      };
      await Promise.all((await connectionsOfSchema()).map(check));
      // There are as many walks as there are connections and orders.
    },
    120_000,
  );

  it('gives the opposite order in the opposite direction', async () => {
    for (const connection of (await connectionsOfSchema()).filter(({ enums }) => enums['direction'])) {
      const read = await reader(connection);
      for (const choice of choices({ ...connection.enums, direction: ['ASC'] })) {
        const [up, down] = [
          await read(`${choice} first: 100`),
          await read(`${choice.replace('ASC', 'DESC')} first: 100`),
        ];
        expect(idsOf(up)).toEqual(idsOf(down).reverse());
        expect(idsOf(up)).not.toHaveLength(0);
      }
    }
  });

  it('gives what lies between two cursors, from either end', async () => {
    for (const connection of await connectionsOfSchema()) {
      const read = await reader(connection);
      for (const choice of choices(connection.enums)) {
        const { edges } = await read(`${choice} first: 100`);
        const ids = edges.map(({ node }: Page) => node.id);
        const [start, end] = [0, Math.min(edges.length - 1, 4)];
        const window = ids.slice(start + 1, end);
        const between = `after: "${edges[start].cursor}" before: "${edges[end].cursor}"`;
        const [first, last, all] = [
          await read(`${choice} first: 2 ${between}`),
          await read(`${choice} last: 2 ${between}`),
          await read(`${choice} ${between}`),
        ];
        expect(idsOf(first)).toEqual(window.slice(0, 2));
        expect(first.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: window.length > 2 });
        expect(idsOf(last)).toEqual(window.slice(-2));
        expect(last.pageInfo).toMatchObject({ hasPreviousPage: window.length > 2, hasNextPage: true });
        expect(idsOf(all)).toEqual(window);
        expect(all.totalCount).toBe(first.totalCount);
      }
    }
  });

  it('gives nothing between a cursor and itself, or between two in the wrong order', async () => {
    for (const connection of await connectionsOfSchema()) {
      const read = await reader(connection);
      const { edges } = await read('first: 3');
      const [start, end] = [edges.at(0).cursor, edges.at(-1).cursor];
      for (const between of [`after: "${start}" before: "${start}"`, `after: "${end}" before: "${start}"`]) {
        const page = await read(between);
        expect(page).toMatchObject({ nodes: [], edges: [], pageInfo: { startCursor: null, endCursor: null } });
      }
    }
  });

  it('takes null for an argument that is left out', async () => {
    for (const connection of await connectionsOfSchema()) {
      const read = await reader(connection);
      expect(await read('first: null, last: null, after: null, before: null')).toEqual(await read('first: 20'));
      expect(await read('first: null, last: 1')).toEqual(await read('last: 1'));
    }
  });

  it('reads either way from one cursor', async () => {
    const { orders } = await app.ask('{ orders(first: 2) { edges { cursor node { id } } } }');
    const [newest, second] = orders.edges;
    const { orders: back } = await app.ask(
      'query ($after: String) { orders(direction: ASC, first: 100, after: $after) { nodes { id } } }',
      { after: second.cursor },
    );
    expect(back.nodes).toEqual([newest.node]);
  });
});

describe('A cursor', () => {
  const insertProduct = async (sku: string, name: string) =>
    void (await app.database.query(
      `insert into products (id, sku, name, price, currency_code) values (gen_random_uuid(), $1, $2, 1, 'USD')`,
      [sku, name],
    ));
  const deleteProduct = async (sku: string) =>
    void (await app.database.query('delete from products where sku = $1', [sku]));
  const products = async (args: string) =>
    (await app.ask(`{ products(sort: NAME, ${args}) { edges { cursor node { name } } } }`)).products.edges as {
      cursor: string;
      node: { name: string };
    }[];
  const names = (edges: { node: { name: string } }[]) => edges.map(({ node }) => node.name);

  it('still is a place when its row is gone', async () => {
    const standing = names(await products('first: 100'));
    await insertProduct('GONE', `${standing[2]} soon gone`);
    const all = await products('first: 100');
    const { cursor } = all.find(({ node }) => node.name.endsWith('soon gone'))!;
    await deleteProduct('GONE');
    expect(names(await products(`first: 100, after: "${cursor}"`))).toEqual(standing.slice(3));
    expect(names(await products(`last: 100, before: "${cursor}"`))).toEqual(standing.slice(0, 3));
  });

  it('neither skips nor repeats a row when others come and go before it', async () => {
    const standing = names(await products('first: 100'));
    const page = await products('first: 2');
    await insertProduct('FIRST', ' the first of all');
    const next = await products(`first: 2, after: "${page.at(-1)!.cursor}"`);
    await deleteProduct('FIRST');
    expect(names([...page, ...next])).toEqual(standing.slice(0, 4));
  });

  it('stands for a name in any script', async () => {
    await insertProduct('UNICODE', 'Ω 象 🐋 "quoted" \\ and\nbroken');
    const whole = await products('first: 100');
    for (const [index, { cursor }] of whole.entries()) {
      const after = await app.ask('query ($after: String) { products(first: 100, after: $after) { nodes { name } } }', {
        after: cursor,
      });
      expect(after.products.nodes.map(({ name }: { name: string }) => name)).toEqual(names(whole).slice(index + 1));
    }
    await deleteProduct('UNICODE');
  });

  it('tells equal names apart', async () => {
    for (const sku of ['TWIN-1', 'TWIN-2', 'TWIN-3']) {
      await insertProduct(sku, 'Twin');
    }
    const whole = await products('first: 100');
    const walked: string[] = [];
    for (let after = ''; ;) {
      const [edge] = await products(`first: 1${after}`);
      if (!edge) {
        break;
      }
      walked.push(edge.cursor);
      after = `, after: "${edge.cursor}"`;
    }
    expect(walked).toEqual(whole.map(({ cursor }) => cursor));
    await app.database.query(`delete from products where sku like 'TWIN-%'`);
  });
});

describe('A total count', () => {
  it('is that of the filtered list, whatever the page', async () => {
    const { all, some } = await app.ask(`{
      all: orders(filter: { status: [COMPLETED] }) { totalCount }
      some: orders(first: 1, filter: { status: [COMPLETED] }) { totalCount pageInfo { endCursor } }
    }`);
    const [row] = await app.database.query<{ count: number }>(
      `select count(*)::int as count from orders where status = 'COMPLETED'`,
    );
    expect([all.totalCount, some.totalCount]).toEqual([row!.count, row!.count]);
  });

  it('of a connection in a list is that of each object', async () => {
    const { customers } = await app.ask(`{
      customers(first: 100) { nodes { id
        all: orders(first: 1) { nodes { id } totalCount }
        inStore: orders(last: 1, filter: { inStore: true }) { totalCount } } } }`);
    const rows = await app.database.query(
      `select 'Customer_' || c.id as id, count(o.id)::int as all,
         (count(o.id) filter (where fulfilment = 'PICK_UP'))::int as "inStore"
       from customers c left join orders o on o.customer_id = c.id group by c.id order by last_name, first_name, c.id`,
    );
    expect(
      customers.nodes.map(({ id, all, inStore }: Page) => ({ id, all: all.totalCount, inStore: inStore.totalCount })),
    ).toEqual(rows);
  });
});
