import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { goodPassword, tokenOf } from './auth/people.js';
import { arthur, cottage, earth, milliways, pickedUp, place, shipped } from './orders/order-fixtures.js';
import { type Caller, startTestApp, type TestApp } from './support/app.js';

let app: TestApp;
let operator: Caller;
beforeAll(async () => {
  app = await startTestApp();
  operator = await app.as(Role.OPERATOR);
});
afterAll(() => app.close());

let number = 0;
const product = () => ({ sku: `H-${(number += 1)}`, name: 'H', price: '1', currencyCode: 'USD' });
const customer = () => ({ email: `h-${(number += 1)}@history.example`, firstName: 'H' });
const idOf = async (mutation: string, input: object, name: string): Promise<string> =>
  (await app.change(mutation, input, `${name} { id }`))[name].id;

/** A change by each mutation, and the actions that it leaves in the history. */
const changes: Record<string, [input: () => object | Promise<object>, actions: string[]]> = {
  createProduct: [product, ['PRODUCT CREATED']],
  updateProduct: [
    async () => ({ id: await idOf('createProduct', product(), 'product'), name: 'I' }),
    ['PRODUCT UPDATED'],
  ],
  retireProduct: [async () => ({ id: await idOf('createProduct', product(), 'product') }), ['PRODUCT RETIRED']],
  createStore: [() => ({ name: `S-${(number += 1)}`, address: earth }), ['STORE CREATED']],
  updateStore: [() => ({ id: milliways, name: `S-${(number += 1)}` }), ['STORE UPDATED']],
  retireStore: [
    async () => ({ id: await idOf('createStore', { name: `S-${(number += 1)}`, address: earth }, 'store') }),
    ['STORE RETIRED'],
  ],
  adjustStock: [() => ({ sku: 'TOWEL-BEACH', by: 1 }), ['STOCK_LEVEL ADJUSTED']],
  createCustomer: [customer, ['CUSTOMER CREATED']],
  updateCustomer: [
    async () => ({ id: await idOf('createCustomer', customer(), 'customer'), lastName: 'I' }),
    ['CUSTOMER UPDATED'],
  ],
  upsertCustomer: [customer, ['CUSTOMER CREATED']],
  addCustomerAddress: [() => ({ customerId: arthur, kind: 'BILLING', address: earth }), ['CUSTOMER ADDRESS_ADDED']],
  removeCustomerAddress: [
    () => ({ customerId: arthur, addressId: cottage, kind: 'BILLING' }),
    ['CUSTOMER ADDRESS_REMOVED'],
  ],
  mergeCustomers: [
    async () => {
      const duplicateId = await idOf('createCustomer', customer(), 'customer');
      await place(app, {
        customer: { id: duplicateId },
        billingAddress: { newAddress: earth },
        shipments: [{ newAddress: earth }],
      });
      return { survivorId: await idOf('createCustomer', customer(), 'customer'), duplicateId };
    },
    ['CUSTOMER MERGED', 'CUSTOMER MERGED', 'ORDER MERGED'],
  ],
  eraseCustomer: [
    async () => ({ id: await idOf('createCustomer', customer(), 'customer'), confirm: true }),
    ['CUSTOMER ERASED'],
  ],
  placeOrder: [() => ({ ...pickedUp, billingAddress: { newAddress: earth } }), ['ORDER PLACED']],
  startOrder: [async () => ({ id: (await place(app, pickUp)).id }), ['ORDER STARTED']],
  completeOrder: [
    async () => {
      const { id } = await place(app, pickUp);
      await app.change('startOrder', { id });
      return { id };
    },
    ['ORDER COMPLETED'],
  ],
  cancelOrder: [async () => ({ id: (await place(app, pickUp)).id, reason: 'mice' }), ['ORDER CANCELLED']],
  inviteUser: [() => invitee(), ['USER CREATED']],
  updateUser: [async () => ({ id: await idOf('inviteUser', invitee(), 'user'), role: 'ANALYST' }), ['USER UPDATED']],
  updateMe: [() => ({ timeZone: 'Europe/London' }), ['USER UPDATED']],
  deactivateUser: [async () => ({ id: await idOf('inviteUser', invitee(), 'user') }), ['USER DEACTIVATED']],
  reactivateUser: [
    async () => {
      const id = await idOf('inviteUser', invitee(), 'user');
      await app.change('deactivateUser', { id });
      return { id };
    },
    ['USER REACTIVATED'],
  ],
  changeOrderItems: [
    async () => ({ id: (await place(app, pickUp)).id, items: [{ sku: 'FISH-BABEL', quantity: 1 }] }),
    ['ORDER ITEMS_CHANGED'],
  ],
  createTask: [() => ({ title: 'H' }), ['TASK CREATED']],
  updateTask: [async () => ({ id: await task(), title: 'I' }), ['TASK UPDATED']],
  assignTask: [async () => ({ id: await task(), assigneeId: await user() }), ['TASK ASSIGNED']],
  completeTask: [async () => ({ id: await task() }), ['TASK COMPLETED']],
  reopenTask: [
    async () => {
      const id = await task();
      await app.change('completeTask', { id });
      return { id };
    },
    ['TASK REOPENED'],
  ],
  deleteTask: [async () => ({ id: await task() }), ['TASK DELETED']],
};
const invitee = () => ({ email: `h-${(number += 1)}@history.example`, name: 'H', role: 'CLERK' });

const task = async () => idOf('createTask', { title: 'H' }, 'task');
const pickUp = { ...pickedUp, billingAddress: { newAddress: earth } };

const user = async () => `User_${(await app.database.query<{ id: string }>('select id from users limit 1'))[0]!.id}`;

/**
 * How webhooks are set up is not a shop's data, what people do to sign in changes nothing of what they are, pages say when
 * they were changed last, and countries are the platform's.
 */
const withoutHistory = [
  'createCountry',
  'updateCountry',
  'createPage',
  'updatePage',
  'deletePage',
  'changePassword',
  'login',
  'logout',
  'refreshSession',
  'requestPasswordReset',
  'resetPassword',
  'revokeSession',
  'createWebhook',
  'updateWebhook',
  'deleteWebhook',
  'replayWebhookDelivery',
  'replayDeadWebhookDeliveries',
];

/** A change of a shop by each mutation of the operator, and the actions that it leaves in the platform's history. */
const changesOfShops: Record<string, [input: () => object | Promise<object>, actions: string[]]> = {
  createTenant: [() => ({ name: `Shop ${(number += 1)}`, hosts: [`h-${number}.example`] }), ['TENANT CREATED']],
  renameTenant: [async () => ({ id: await shop(), name: `Shop ${(number += 1)}` }), ['TENANT UPDATED']],
  setTenantHosts: [async () => ({ id: await shop(), hosts: ['new.example'] }), ['TENANT UPDATED']],
  suspendTenant: [async () => ({ id: await shop() }), ['TENANT SUSPENDED']],
  resumeTenant: [
    async () => {
      const id = await shop();
      await operator.change('suspendTenant', { id });
      return { id };
    },
    ['TENANT RESUMED'],
  ],
  removeTenant: [
    async () => ({ id: await shop(), confirmName: `Shop ${number}`, archive: false }),
    ['TENANT DELETED', 'TENANT UPDATED'],
  ],
};
const shop = async (): Promise<string> => {
  const { tenant } = await operator.change('createTenant', { name: `Shop ${(number += 1)}` }, 'tenant { id }');
  return tenant.id;
};

async function entries(schema = 'public'): Promise<{ id: string; entry: string; version: number; actor: string }[]> {
  return app.database.query(
    `select id, subject_type || ' ' || action as entry, version, actor from ${schema}.history order by subject_type, action`,
  );
}

describe('The history', () => {
  test('is known here for every mutation of the schema', async () => {
    const { __schema } = await app.ask('{ __schema { mutationType { fields { name } } } }');
    const names = __schema.mutationType.fields.map(({ name }: { name: string }) => name);
    const known = [...Object.keys(changes), ...Object.keys(changesOfShops), ...withoutHistory];
    expect(names.sort()).toEqual([...known, 'activate', 'registerTenant'].sort());
  });

  test('has what activate does, in the name of who activates', async () => {
    const { email, ...rest } = invitee();
    await app.change('inviteUser', { email, ...rest });
    await app.caller().change('activate', { token: await tokenOf(app, email), password: goodPassword });
    const [entry] = await app.database.query<{ entry: string; actor: string }>(
      `select h.subject_type || ' ' || h.action as entry, h.actor from history h join users u on u.id = h.user_id
       where u.email = $1`,
      [email],
    );
    expect(entry).toEqual({ entry: 'USER ACTIVATED', actor: 'H' });
  });

  test.each(Object.entries(changes))(
    'has what %s does, once, in its transaction',
    async (mutation, [input, actions]) => {
      const given = await input();
      const before = new Set((await entries()).map(({ id }) => id));
      expect((await app.change(mutation, given)).userErrors).toEqual([]);
      const added = (await entries()).filter(({ id }) => !before.has(id));
      expect(added.map(({ entry }) => entry)).toEqual(actions);
      expect(added.every(({ actor }) => actor === 'Zaphod Beeblebrox')).toBe(true);
    },
  );

  test.each(Object.entries(changesOfShops))(
    'of the platform has what %s does, once, in its transaction',
    async (mutation, [input, actions]) => {
      const given = await input();
      const before = new Set((await entries('platform')).map(({ id }) => id));
      expect((await operator.change(mutation, given)).userErrors).toEqual([]);
      const added = (await entries('platform')).filter(({ id }) => !before.has(id));
      expect(added.map(({ entry }) => entry)).toEqual(actions);
      expect(added.map(({ actor }) => actor)).toEqual(actions.map(() => 'Slartibartfast'));
      await operator.change(mutation, given);
      expect((await entries('platform')).filter(({ id }) => !before.has(id))).toEqual(added);
    },
  );

  test('of the platform tells the operator the life of a shop, also of one that is gone', async () => {
    const { tenant } = await operator.change(
      'createTenant',
      { name: 'Kria', hosts: ['kria.example'] },
      'tenant { id }',
    );
    const { id } = tenant;
    await operator.change('setTenantHosts', { id, hosts: ['b.kria.example', 'a.kria.example'] });
    await operator.change('suspendTenant', { id });
    const nodes = 'nodes { version action actor user { email } changes { field before after } }';
    const query = `query ($id: ID!) { history(id: $id, direction: ASC) { ${nodes} } }`;
    const own = `{ tenant(name: "Kria") { version history(direction: ASC) { ${nodes} } } }`;
    const { tenant: shown } = await operator.ask(own);
    expect(shown.history).toEqual((await operator.ask(query, { id })).history);
    expect(shown.version).toBe(3);
    await operator.change('removeTenant', { id, confirmName: 'Kria', archive: false });
    const { history } = await operator.ask(query, { id });
    const by = { actor: 'Slartibartfast', user: { email: 'operator@pier2.example' } };
    expect(history.nodes).toEqual([
      {
        version: 1,
        action: 'CREATED',
        ...by,
        changes: [
          { field: 'name', before: null, after: 'Kria' },
          { field: 'schema', before: null, after: 'tenant_kria' },
          { field: 'state', before: null, after: 'ACTIVE' },
          { field: 'hosts', before: null, after: ['kria.example'] },
        ],
      },
      {
        version: 2,
        action: 'UPDATED',
        ...by,
        changes: [{ field: 'hosts', before: ['kria.example'], after: ['a.kria.example', 'b.kria.example'] }],
      },
      { version: 3, action: 'SUSPENDED', ...by, changes: [{ field: 'state', before: 'ACTIVE', after: 'SUSPENDED' }] },
      { version: 4, action: 'UPDATED', ...by, changes: [{ field: 'state', before: 'SUSPENDED', after: 'REMOVING' }] },
      {
        version: 5,
        action: 'DELETED',
        ...by,
        changes: [
          { field: 'name', before: 'Kria', after: null },
          { field: 'schema', before: 'tenant_kria', after: null },
          { field: 'state', before: 'REMOVING', after: null },
          { field: 'hosts', before: ['a.kria.example', 'b.kria.example'], after: null },
        ],
      },
    ]);
    expect((await app.ask('query ($id: ID!) { history(id: $id) { totalCount } }', { id })).history.totalCount).toBe(0);
  });

  test('of the platform has a shop that somebody registers, and its own has the owner', async () => {
    // A clerk of another shop has no place in the platform's history.
    const input = { companyName: 'Brontitall', owner: { name: 'Lig Lury', email: 'lig@brontitall.example' } };
    const clerk = await app.as(Role.CLERK);
    const { registration } = await clerk.change('registerTenant', input, 'registration { id }');
    const query = 'query ($id: ID!) { history(id: $id, direction: ASC) { nodes { action actor user { id } } } }';
    const ask = async () => (await operator.ask(query, { id: registration.id })).history.nodes;
    let nodes = await ask();
    while (nodes.length < 2) {
      nodes = await ask();
    }
    const by = { actor: 'registration', user: null };
    expect(nodes).toEqual([
      { action: 'CREATED', ...by },
      { action: 'UPDATED', ...by },
    ]);
    expect(await entries('tenant_brontitall')).toMatchObject([{ entry: 'USER CREATED', actor: 'registration' }]);
    const all = await app.database.query<{ changes: object }>('select changes from platform.history');
    expect(JSON.stringify(all)).not.toContain('lig@');
  }, 60_000);

  test('has nothing of a change whose history cannot be written: then it is not made', async () => {
    await app.database.query(
      `alter table history add constraint nothing check (actor <> 'Zaphod Beeblebrox') not valid`,
    );
    const counts = () =>
      app.database.query(
        'select (select count(*) from orders) as orders, (select sum(reserved) from stock_levels) as held',
      );
    const before = await counts();
    const query = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }';
    const { errors } = await app.send(query, { input: shipped });
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await counts()).toEqual(before);
    await app.database.query(`alter table history drop constraint nothing`);
  });

  test('of an object by its id alone is that of the object', async () => {
    const { store, history } = await app.ask(
      `query ($id: ID!) { store(id: $id) { history { nodes { id } totalCount } } history(id: $id) { nodes { id } totalCount } }`,
      { id: milliways },
    );
    expect(history).toEqual(store.history);
    expect(history.totalCount).toBeGreaterThan(0);
    const { history: others } = await app.ask('query ($id: ID!) { history(id: $id) { totalCount } }', {
      id: milliways.replace('Store', 'Product'),
    });
    expect(others.totalCount).toBe(0);
  });

  test.each(['Country_GB', cottage, 'arthur', ''])('is refused for %j, which has none', async id => {
    const { errors } = await app.send('query ($id: ID!) { history(id: $id) { totalCount } }', { id });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_ID' } }]);
  });

  test('names the user who did it, and keeps the name that they had', async () => {
    const clerk = await app.named('Zoë Ω');
    const { stockLevel } = await clerk.change('adjustStock', { sku: 'BOOK-VOGON', by: 1 }, 'stockLevel { id }');
    await app.database.query(`update users set name = 'Zoë Beta' where name = 'Zoë Ω'`);
    const query = `query ($id: ID!) { node(id: $id) { ... on StockLevel { history(first: 1) { nodes { actor user { name role } } } } } }`;
    const { node } = await app.ask(query, { id: stockLevel.id });
    expect(node.history.nodes).toEqual([{ actor: 'Zoë Ω', user: { name: 'Zoë Beta', role: 'CLERK' } }]);
  });
});
