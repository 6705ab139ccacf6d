import { setTimeout as sleep } from 'node:timers/promises';
import { Role } from '../../../src/permissions.js';
import { samplePassword, sampleUsers } from '../../../seeders/sample-users.js';
import type { Payload, TestApp } from '../../support/app.js';
import { goodPassword, tokenOf } from '../../auth/people.js';
import { ofTheTest, type StatementRecorder } from './recorder.js';

/** Sends one mutation, as an operation of its own, and gives its payload. */
type Change = (mutation: string, input: object, selection?: string) => Promise<Payload>;

/** The API of which each operation is recorded. */
export interface RecordedApp {
  app: TestApp;
  recorder: StatementRecorder;
}

/** Somebody whose operations are recorded. */
export interface RecordedCaller {
  headers: Record<string, string>;
  ask(operation: string, query: string, variables?: object): Promise<Payload>;
  change: Change;
}

/** Somebody with these headers, whose mutations must succeed. */
export function recordedCaller({ app, recorder }: RecordedApp, headers: Record<string, string> = {}): RecordedCaller {
  const caller = app.caller(headers);
  return {
    headers,
    ask: (operation, query, variables) => recorder.during(operation, () => caller.ask(query, variables)),
    change: async (mutation, input, selection) => {
      const payload = await recorder.during(`Mutation.${mutation}`, () => caller.change(mutation, input, selection));
      if (payload.userErrors.length > 0) {
        throw new Error(`${mutation} was refused: ${JSON.stringify(payload.userErrors)}`);
      }
      return payload;
    },
  };
}

/** What the scenario leaves behind, for queries. */
export interface Shop {
  owner: RecordedCaller;
  operator: RecordedCaller;
  /** The id of a shop that somebody has registered. */
  registration: string;
}

/** Where nobody listens. */
const nobody = 'http://127.0.0.1:1/events';

const earth = { line1: '1 Lost Planet Road', city: 'Islington', zipCode: 'N1 0AA', countryCode: 'XK' };
const moon = { line1: 'Sea of Tranquility', city: 'Moonbase', zipCode: 'M1', countryCode: 'XK' };

/**
 * Sends each mutation once at least, from an empty shop to one that has something of everything. So what one of them writes
 * stands on what those before it have written, and on nothing else.
 */
export async function fillShop(recorded: RecordedApp): Promise<Shop> {
  const signIn = async (role: Role, headers = {}) => {
    const anybody = recordedCaller(recorded, headers);
    const login = { email: sampleUsers[role].email, password: samplePassword };
    const { accessToken } = await anybody.change('login', login, 'accessToken');
    return recordedCaller(recorded, { authorization: `Bearer ${accessToken}` });
  };
  const operator = await signIn(Role.OPERATOR, { 'x-tenant': 'platform' });
  const owner = await signIn(Role.OWNER);
  const { change } = owner;

  const { webhook } = await change('createWebhook', { url: nobody, eventTypes: [] }, 'webhook { id }');
  await fillCatalogue(operator.change, change);
  await fillOrders(change);
  await fillStaff(recorded, change);
  await fillWebhooks(recorded, change, webhook.id);
  const registration = await fillPlatform(recorded, operator.change);
  return { owner, operator, registration };
}

/** Countries, stores, products, stock and pages of the Guide. */
async function fillCatalogue(ofOperator: Change, change: Change): Promise<void> {
  const country = { iso2Code: 'XK', iso3Code: 'XKX', numericCode: '983', name: 'Krikkit' };
  await ofOperator('createCountry', country);
  await ofOperator('updateCountry', { iso2Code: 'XK', name: 'Krikkit and its moon' });

  const { store } = await change('createStore', { name: 'Milliways', address: earth }, 'store { id }');
  await change('updateStore', { id: store.id, name: 'Milliways, the end', address: moon });
  const krikkit = await change('createStore', { name: 'Krikkit Corner', address: earth }, 'store { id }');
  await change('retireStore', { id: krikkit.store.id });

  for (const [sku, taxRate] of Object.entries({ TOWEL: '20', FISH: null, TEA: '5.5' })) {
    const description = 'About the most massively useful thing';
    const input = { sku, name: sku, description, price: '24.50', currencyCode: 'USD', taxRate };
    const { product } = await change('createProduct', input, 'product { id }');
    await change('adjustStock', { sku, by: 100 });
    await change('adjustStock', { sku, storeId: store.id, to: 50 });
    if (sku === 'TEA') {
      await change('updateProduct', { id: product.id, name: 'Tea', price: '3', description: null, taxRate: '7' });
      await change('retireProduct', { id: product.id });
    }
  }

  const page = { title: 'Towel', url: '/towel', language: 'en', body: 'A towel is useful for hitch hikers.' };
  const first = await change('createPage', page, 'page { id }');
  await change('updatePage', { id: first.page.id, title: 'Towels', body: 'Wrap it around you for warmth.' });
  const second = await change('createPage', { ...page, title: 'Tea', url: '/tea' }, 'page { id }');
  await change('deletePage', { id: second.page.id });
}

/** Customers, their orders, and tasks about both. */
async function fillOrders(change: Change): Promise<void> {
  const arthur = { email: 'arthur@cottington.example', firstName: 'Arthur', lastName: 'Dent' };
  const { customer } = await change('createCustomer', { ...arthur, telephone: '+441632960042' }, 'customer { id }');
  await change('updateCustomer', { id: customer.id, lastName: 'Philip Dent', telephone: '+441632960043' });
  await change('upsertCustomer', { ...arthur, firstName: 'Arthur Philip' });
  const ford = await change(
    'upsertCustomer',
    { email: 'ford@megadodo.example', lastName: 'Prefect' },
    'customer { id }',
  );
  const addresses = 'customer { addresses { id } }';
  const added = { customerId: customer.id, kind: 'BILLING', address: earth };
  const [cottage] = (await change('addCustomerAddress', added, addresses)).customer.addresses;
  await change('addCustomerAddress', { ...added, kind: 'SHIPPING' });
  await change('removeCustomerAddress', { customerId: customer.id, kind: 'SHIPPING', addressId: cottage.id });

  const placed = {
    customer: { id: customer.id },
    currencyCode: 'USD',
    items: [{ sku: 'TOWEL', quantity: 3 }],
    fulfilment: 'SHIPPED',
    billingAddress: { addressId: cottage.id },
    shipments: [
      { addressId: cottage.id, items: [{ sku: 'TOWEL', quantity: 1 }] },
      { newAddress: moon, items: [{ sku: 'TOWEL', quantity: 2 }] },
    ],
    idempotencyKey: 'towels of today',
  };
  const place = async (changes: object) =>
    (await change('placeOrder', { ...placed, ...changes }, 'order { id items { id } shipments { address { id } } }'))
      .order;
  const split = await place({});
  const whole = { shipments: [{ addressId: cottage.id }], idempotencyKey: undefined };
  const sent = await place(whole);
  const cancelled = await place({
    ...whole,
    customer: { contact: { email: 'zaphod@example.net', lastName: 'Beeblebrox' } },
    billingAddress: { newAddress: moon },
    shipments: [{ newAddress: moon }],
  });
  await change('changeOrderItems', {
    id: split.id,
    items: [
      { sku: 'TOWEL', quantity: 1 },
      { sku: 'FISH', quantity: 2 },
    ],
    shipments: split.shipments.map(({ address }: { address: { id: string } }, index: number) => ({
      addressId: address.id,
      items: [{ sku: index === 0 ? 'TOWEL' : 'FISH', quantity: index + 1 }],
    })),
  });
  await change('startOrder', { id: sent.id });
  await change('completeOrder', { id: sent.id });
  await change('cancelOrder', { id: cancelled.id, reason: 'The earth was demolished' });
  const { store } = await change('createStore', { name: 'Megadodo House', address: earth }, 'store { id }');
  await change('adjustStock', { sku: 'FISH', storeId: store.id, to: 9 });
  const pickedUp = { ...whole, fulfilment: 'PICK_UP', storeId: store.id, shipments: undefined };
  await place({ ...pickedUp, items: [{ sku: 'FISH', quantity: 1 }] });
  await place({
    ...whole,
    customer: { id: ford.customer.id },
    billingAddress: { newAddress: earth },
    shipments: [{ newAddress: earth }],
  });

  const about = { title: 'Ring him', text: 'About the towel', tags: ['towel'], priority: 'HIGH', dueOn: '2001-05-25' };
  const { task } = await change('createTask', { ...about, orderId: split.id, customerId: customer.id }, 'task { id }');
  await change('updateTask', { id: task.id, title: 'Write to him', tags: ['towel', 'letter'], priority: 'LOW' });
  await change('completeTask', { id: task.id });
  await change('reopenTask', { id: task.id });
  await change('completeTask', { id: task.id });
  await change('createTask', { title: 'Count towels', customerId: ford.customer.id });
  const another = await change('createTask', { title: 'Forget it' }, 'task { id }');
  await change('deleteTask', { id: another.task.id });

  const twin = await change(
    'createCustomer',
    { email: 'dent@cottington.example', lastName: 'Dent' },
    'customer { id }',
  );
  await place({
    ...whole,
    customer: { id: twin.customer.id },
    billingAddress: { newAddress: earth },
    shipments: [{ newAddress: earth }],
  });
  await change('mergeCustomers', { survivorId: customer.id, duplicateId: twin.customer.id });
  await change('eraseCustomer', { id: ford.customer.id, confirm: true });
}

/** People of the shop, and their sessions. */
async function fillStaff(recorded: RecordedApp, change: Change): Promise<void> {
  const email = 'trillian@people.example';
  const { user } = await change(
    'inviteUser',
    { email, name: 'Trillian', role: 'CLERK', language: 'en' },
    'user { id }',
  );
  const anybody = recordedCaller(recorded);
  const tokens = 'accessToken refreshToken';
  const activated = await anybody.change(
    'activate',
    { token: await tokenOf(recorded.app, email), password: goodPassword },
    tokens,
  );
  await anybody.change('refreshSession', { refreshToken: activated.refreshToken }, tokens);
  await change('updateUser', { id: user.id, role: 'MANAGER', name: 'Tricia McMillan' });
  const { task } = await change('createTask', { title: 'Meet Trillian', assigneeId: user.id }, 'task { id }');
  await change('assignTask', { id: task.id, assigneeId: null });
  await change('assignTask', { id: task.id, assigneeId: user.id });

  await anybody.change('requestPasswordReset', { email });
  await anybody.change('resetPassword', {
    token: await tokenOf(recorded.app, email),
    password: `${goodPassword} again`,
  });
  const login = async (password: string) => (await anybody.change('login', { email, password }, tokens)).accessToken;
  const herself = recordedCaller(recorded, { authorization: `Bearer ${await login(`${goodPassword} again`)}` });
  await herself.change('updateMe', { name: 'Trillian Astra', language: 'da', timeZone: 'Europe/Copenhagen' });
  await herself.change('changePassword', { currentPassword: `${goodPassword} again`, newPassword: goodPassword });
  await login(goodPassword);
  const { sessions } = await recorded.app.caller(herself.headers).ask('{ sessions { nodes { id isCurrent } } }');
  const other = sessions.nodes.find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent);
  await herself.change('revokeSession', { id: other.id });
  await herself.ask('Mutation.logout', 'mutation { logout { userErrors { code } } }');
  await change('deactivateUser', { id: user.id });
  await change('reactivateUser', { id: user.id });
}

/** What became of deliveries that nobody took. */
async function fillWebhooks({ app: { database } }: RecordedApp, change: Change, webhook: string): Promise<void> {
  await change('updateWebhook', { id: webhook, eventTypes: ['order.placed'], state: 'DISABLED' });
  await change('updateWebhook', { id: webhook, eventTypes: [], state: 'ACTIVE' });
  const dead = () => database.query<{ id: string }>(`select id from webhook_deliveries where state = 'DEAD' limit 1`);
  while ((await dead()).length === 0) {
    await sleep(50);
  }
  const [delivery] = await dead();
  await change('replayWebhookDelivery', { id: `WebhookDelivery_${delivery!.id}` });
  await change('replayDeadWebhookDeliveries', { webhookId: webhook });
  const other = await change('createWebhook', { url: nobody }, 'webhook { id }');
  await change('deleteWebhook', { id: other.webhook.id });
}

/** Other shops. */
async function fillPlatform(recorded: RecordedApp, ofOperator: Change): Promise<string> {
  const { tenant } = await ofOperator('createTenant', { name: 'Sirius', hosts: ['sirius.example'] }, 'tenant { id }');
  const { id } = tenant;
  await ofOperator('renameTenant', { id, name: 'Sirius Cybernetics' });
  await ofOperator('setTenantHosts', { id, hosts: ['sirius.example', 'cybernetics.example'] });
  await ofOperator('suspendTenant', { id });
  await ofOperator('resumeTenant', { id });
  await ofOperator('removeTenant', { id, confirmName: 'Sirius Cybernetics', archive: false });
  const owner = { name: 'Eddie', email: 'eddie@gold.example' };
  const standing = `${ofTheTest} select from platform.tenants where name = 'Heart of Gold' and state = 'ACTIVE'`;
  const input = { companyName: 'Heart of Gold', owner };
  const { registration } = await recorded.recorder.during('Mutation.registerTenant', async () => {
    const payload = await recorded.app.caller().change('registerTenant', input, 'registration { id }');
    // It is made beside the request, and belongs to it.
    while ((await recorded.app.database.query(standing)).length === 0) {
      await sleep(50);
    }
    return payload;
  });
  return registration.id;
}
