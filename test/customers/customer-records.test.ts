import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { customerId } from '../../seeders/sample-data.js';
import { place } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const refusalsOf = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
  userErrors.map(({ field, code }) => `${field}: ${code}`);
const sample = (key: string) => `Customer_${customerId(key)}`;

let number = 0;

const telephoneOf = (word: string) => `+999 ${1000 + Number(/\d+/.exec(word)![0])} 42`;

/** A person of whom everything that can be known is known, under a word that stands nowhere else. */
async function person(changes: object = {}): Promise<{ id: string; word: string }> {
  const word = `Qx${(number += 1)}zz`;
  const input = {
    email: `${word}@secret.example`,
    telephone: telephoneOf(word),
    firstName: `First${word}`,
    lastName: `Last${word}`,
  };
  const { customer, userErrors } = await app.change('createCustomer', { ...input, ...changes }, 'customer { id }');
  expect(userErrors).toEqual([]);
  return { id: customer.id, word };
}

const addressOf = (word: string) => ({
  line1: `${word} Street`,
  line2: `${word} Flat`,
  city: `${word} City`,
  state: `${word} State`,
  zipCode: 'EC1 1EC',
  countryCode: 'GB',
});

/** An order of a person, with addresses of its own. */
async function orderOf({ id, word }: { id: string; word: string }, changes: object = {}) {
  const shipments = [
    { newAddress: addressOf(word) },
    { newAddress: { ...addressOf(word), line1: `${word} Office` }, items: [{ sku: 'TOWEL-BEACH', quantity: 1 }] },
  ];
  return place(
    app,
    { customer: { id }, billingAddress: { newAddress: addressOf(word) }, shipments, ...changes },
    'id total { amount }',
  );
}

/** A task about a person or an order. */
async function taskOf(input: object): Promise<string> {
  const { task, userErrors } = await app.change('createTask', { title: 'Call back', ...input }, 'task { id }');
  expect(userErrors).toEqual([]);
  return task.id;
}

async function find(contact: string): Promise<string | undefined> {
  const query = 'query ($contact: String!) { customerByContact(contact: $contact) { id } }';
  return (await app.ask(query, { contact })).customerByContact?.id;
}

async function statistics(): Promise<unknown> {
  return app.ask(`{ orderStatistics { countsByBillingZip(first: 100) { zipCode count } countsByShippingZip(first: 100) { zipCode count }
    inStorePurchasesByHour(timeZone: "UTC") { hour count } topInStoreCustomers(first: 100) { orderCount customer { id } } } }`);
}

/** The rows of every table that hold a text. */
async function traces(text: string): Promise<string[]> {
  const tables = await app.database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'platform')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await app.database.query<{ row: string }>(
      `select t::text as row from ${name} t where t::text ilike $1`,
      [`%${text}%`],
    );
    found.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  return found;
}

describe('A merge', () => {
  const merge = (survivorId: string, duplicateId: string, input: object = {}) =>
    app.change(
      'mergeCustomers',
      { survivorId, duplicateId, ...input },
      'customer { id email telephone version orders { totalCount } addresses { line1 } }',
    );

  test('moves orders and addresses, and either’s contacts find the survivor', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    const placed = [await orderOf(survivor), await orderOf(duplicate), await orderOf(duplicate)];
    const before = await statistics();
    const { customer, userErrors } = await merge(survivor.id, duplicate.id);
    expect(userErrors).toEqual([]);
    expect(customer).toMatchObject({ id: survivor.id, orders: { totalCount: 3 } });
    expect(customer.addresses).toHaveLength(4);
    expect(await statistics()).toEqual(before);
    for (const { word } of [survivor, duplicate]) {
      expect(await find(`${word}@SECRET.example`)).toBe(survivor.id);
    }
    const { node, order, customers } = await app.ask(
      `query ($id: ID!, $order: ID!) {
        node(id: $id) { ... on Customer { firstName mergedInto { id } orders { totalCount } addresses { id } history { nodes { action } } } }
        order(id: $order) { customer { id } version history(first: 1) { nodes { action changes { field before after } } } }
        customers(first: 100) { nodes { id } totalCount } }`,
      { id: duplicate.id, order: placed[1].id },
    );
    expect(node).toMatchObject({ mergedInto: { id: survivor.id }, orders: { totalCount: 0 }, addresses: [] });
    expect(node.history.nodes[0].action).toBe('MERGED');
    expect(order).toEqual({
      customer: { id: survivor.id },
      version: 2,
      history: {
        nodes: [{ action: 'MERGED', changes: [{ field: 'customer', before: duplicate.id, after: survivor.id }] }],
      },
    });
    expect(customers.nodes.map(({ id }: { id: string }) => id)).not.toContain(duplicate.id);
    expect(customers.totalCount).toBe(customers.nodes.length);
  });

  test('gives the survivor the contacts that it lacks', async () => {
    const survivor = await person({ telephone: null });
    const duplicate = await person({ email: null });
    const { customer } = await merge(survivor.id, duplicate.id);
    expect(customer).toMatchObject({
      email: `${survivor.word}@secret.example`,
      telephone: expect.stringMatching(/^\+999/),
    });
    expect(await find(customer.telephone)).toBe(survivor.id);
  });

  test('can be followed by another: one step leads from every duplicate to the last survivor', async () => {
    const [first, second, third] = [await person(), await person(), await person()];
    await merge(second.id, first.id);
    await merge(third.id, second.id);
    for (const { word } of [first, second, third]) {
      expect(await find(`${word}@secret.example`)).toBe(third.id);
    }
    const rows = await app.database.query(
      `select from customers c join customers d on d.id = c.merged_into_id where d.merged_into_id is not null`,
    );
    expect(rows).toEqual([]);
  });

  test('keeps both contacts when an upsert finds the survivor by the duplicate’s', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    await merge(survivor.id, duplicate.id);
    const input = { email: `${duplicate.word}@secret.example`, firstName: 'Upserted' };
    const { customer } = await app.change('upsertCustomer', input, 'customer { id email firstName }');
    expect(customer).toEqual({ id: survivor.id, email: `${survivor.word}@secret.example`, firstName: 'Upserted' });
    for (const { word } of [survivor, duplicate]) {
      expect(await find(`${word}@secret.example`)).toBe(survivor.id);
    }
  });

  test('lets the survivor take a contact of the duplicate for its own', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    await merge(survivor.id, duplicate.id);
    const email = `${duplicate.word}@secret.example`;
    expect((await app.change('updateCustomer', { id: survivor.id, email })).userErrors).toEqual([]);
    expect(await find(email)).toBe(survivor.id);
  });

  test('gives new orders by the duplicate’s contact to the survivor, and none to the duplicate itself', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    await merge(survivor.id, duplicate.id);
    const contact = { email: `${duplicate.word}@secret.example` };
    const { id } = await orderOf(duplicate, { customer: { contact } });
    expect((await app.ask('query ($id: ID!) { order(id: $id) { customer { id } } }', { id })).order.customer.id).toBe(
      survivor.id,
    );
    const refused = await app.change('placeOrder', {
      customer: { id: duplicate.id },
      currencyCode: 'USD',
      items: [{ sku: 'TOWEL-BEACH', quantity: 1 }],
      fulfilment: 'SHIPPED',
      billingAddress: { newAddress: addressOf('x') },
      shipments: [{ newAddress: addressOf('x') }],
    });
    expect(refusalsOf(refused)).toEqual(['customer.id: CUSTOMER_MERGED']);
  });

  test('moves tasks, each with a version and an entry of its own', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    const own = await taskOf({ customerId: survivor.id });
    const moved = await taskOf({ customerId: duplicate.id });
    await merge(survivor.id, duplicate.id);
    const {
      task,
      survivor: found,
      duplicate: left,
    } = await app.ask(
      `query ($task: ID!, $survivor: ID!, $duplicate: ID!) {
        task(id: $task) { version customer { id } history(first: 1) { nodes { action actor user { name } changes { field before after } } } }
        survivor: customer(id: $survivor) { tasks { nodes { id } } }
        duplicate: customer(id: $duplicate) { tasks { nodes { id } } } }`,
      { task: moved, survivor: survivor.id, duplicate: duplicate.id },
    );
    const changes = [{ field: 'customer', before: duplicate.id, after: survivor.id }];
    const [actor, user] = ['Zaphod Beeblebrox', { name: 'Zaphod Beeblebrox' }];
    expect(task).toEqual({
      version: 2,
      customer: { id: survivor.id },
      history: { nodes: [{ action: 'MERGED', actor, user, changes }] },
    });
    expect(found.tasks.nodes).toEqual([{ id: own }, { id: moved }]);
    expect(left.tasks.nodes).toEqual([]);
  });

  test('is refused for one customer, for a duplicate, and for another version', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    expect(refusalsOf(await merge(survivor.id, survivor.id))).toEqual(['duplicateId: SAME_CUSTOMER']);
    expect(refusalsOf(await merge(survivor.id, duplicate.id, { expectedVersion: 2 }))).toEqual([
      'expectedVersion: VERSION_CONFLICT',
    ]);
    await merge(survivor.id, duplicate.id);
    expect(refusalsOf(await merge(survivor.id, duplicate.id))).toEqual(['duplicateId: CUSTOMER_MERGED']);
    expect(refusalsOf(await merge(duplicate.id, survivor.id))).toEqual(['survivorId: CUSTOMER_MERGED']);
    expect(refusalsOf(await app.change('updateCustomer', { id: duplicate.id, firstName: 'X' }))).toEqual([
      'id: CUSTOMER_MERGED',
    ]);
  });

  test('at once with placements of the duplicate loses no order', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    await orderOf(duplicate);
    const contact = { email: `${duplicate.word}@secret.example` };
    const [merged, ...orders] = await Promise.all([
      merge(survivor.id, duplicate.id),
      ...Array.from({ length: 12 }, () => orderOf(duplicate, { customer: { contact } })),
    ]);
    expect(merged.userErrors).toEqual([]);
    const { customer } = await app.ask('query ($id: ID!) { customer(id: $id) { orders { totalCount } } }', {
      id: survivor.id,
    });
    expect(customer.orders.totalCount).toBe(orders.length + 1);
  });
});

describe('The data of a customer', () => {
  test('are exported whole: values, addresses, duplicates, orders and histories', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    const order = await orderOf(survivor, { idempotencyKey: `${survivor.word}-1` });
    await app.change('cancelOrder', { id: order.id, reason: `${survivor.word} said no` });
    await app.change('mergeCustomers', { survivorId: survivor.id, duplicateId: duplicate.id });
    const { exportCustomerData: data } = await app.ask('query ($id: ID!) { exportCustomerData(id: $id) }', {
      id: survivor.id,
    });
    expect(data).toMatchObject({
      customer: {
        id: survivor.id,
        email: `${survivor.word}@secret.example`,
        addresses: expect.arrayContaining([
          expect.objectContaining({ line1: `${survivor.word} Street`, zipCode: 'EC1 1EC', country: 'GB' }),
        ]),
      },
      duplicates: [{ id: duplicate.id, mergedInto: survivor.id, email: `${duplicate.word}@secret.example` }],
      orders: [
        {
          id: order.id,
          status: 'CANCELLED',
          idempotencyKeys: [`${survivor.word}-1`],
          cancelReason: `${survivor.word} said no`,
          billingAddress: { line1: `${survivor.word} Street` },
          totals: { total: order.total.amount },
          items: [{ productName: 'Beach Towel', quantity: 2 }],
        },
      ],
    });
    // All that the database holds under the person's word is in it.
    expect(data.orders[0].shippingAddresses).toHaveLength(2);
    expect(data.orders[0].history.map(({ action }: { action: string }) => action)).toEqual(['PLACED', 'CANCELLED']);
    expect(data.customer.history.length).toBeGreaterThan(2);
  });

  test('are exported with the tasks about the customer and about their orders', async () => {
    const someone = await person();
    const { id } = await orderOf(someone);
    const ofCustomer = await taskOf({ customerId: someone.id, text: `${someone.word} rang`, dueOn: '2026-05-25' });
    const ofOrder = await taskOf({ orderId: id, tags: [someone.word] });
    const { exportCustomerData: data } = await app.ask('query ($id: ID!) { exportCustomerData(id: $id) }', {
      id: someone.id,
    });
    expect(data.customer.tasks).toMatchObject([
      { id: ofCustomer, text: `${someone.word} rang`, dueOn: '2026-05-25', history: [{ action: 'CREATED' }] },
    ]);
    expect(data.orders[0].tasks).toMatchObject([{ id: ofOrder, order: id, tags: [someone.word] }]);
  });

  test('are null for nobody', async () => {
    expect(await app.ask('{ exportCustomerData(id: "Customer_00000000-0000-7000-8000-000000000000") }')).toEqual({
      exportCustomerData: null,
    });
  });
});

describe('An erasure', () => {
  const erase = (id: string, input: object = {}) =>
    app.change(
      'eraseCustomer',
      { id, confirm: true, ...input },
      'customer { id email telephone firstName lastName erasedAt orders { totalCount } addresses { id } } receipt { customers orders addresses tasks historyEntries idempotencyKeys }',
    );

  test('leaves no trace of a person in any table, and orders and statistics as they were', async () => {
    const [survivor, duplicate] = [await person(), await person()];
    const orders = [await orderOf(survivor, { idempotencyKey: 'k1' }), await orderOf(duplicate)];
    const inStore = await place(
      app,
      {
        customer: { id: survivor.id },
        fulfilment: 'PICK_UP',
        storeId: `Store_${(await app.database.query<{ id: string }>(`select id from stores where name = 'Milliways'`))[0]!.id}`,
        shipments: undefined,
        billingAddress: { newAddress: addressOf(survivor.word) },
      },
      'id total { amount }',
    );
    await app.change('updateCustomer', { id: survivor.id, firstName: `Renamed${survivor.word}` });
    await app.change('cancelOrder', { id: orders[0].id, reason: `${survivor.word} changed their mind` });
    await app.change('startOrder', { id: inStore.id });
    await app.change('mergeCustomers', { survivorId: survivor.id, duplicateId: duplicate.id });
    expect((await traces(survivor.word)).length).toBeGreaterThan(10);
    const before = await statistics();

    const { customer, receipt, userErrors } = await erase(survivor.id);
    expect(userErrors).toEqual([]);
    expect(receipt).toEqual({
      customers: 2,
      orders: 3,
      addresses: 4,
      tasks: 0,
      historyEntries: expect.any(Number),
      idempotencyKeys: 1,
    });
    expect(customer).toEqual({
      id: survivor.id,
      email: null,
      telephone: null,
      firstName: '',
      lastName: '',
      erasedAt: expect.stringMatching(/Z$/),
      orders: { totalCount: 3 },
      addresses: [],
    });
    for (const { word } of [survivor, duplicate]) {
      expect(await traces(word)).toEqual([]);
      expect(await traces(telephoneOf(word))).toEqual([]);
    }
    expect(await statistics()).toEqual(before);
    for (const { id, total } of [...orders, inStore]) {
      const { order } = await app.ask(
        'query ($id: ID!) { order(id: $id) { total { amount } billingAddress { line1 zipCode country { iso2Code } } } }',
        { id },
      );
      expect(order).toEqual({
        total,
        billingAddress: { line1: '(erased)', zipCode: 'EC1 1EC', country: { iso2Code: 'GB' } },
      });
    }
  });

  test('leaves an order as of a time before it without the person, and whole', async () => {
    const someone = await person();
    const { id, total } = await orderOf(someone);
    // So that the history holds addresses which the erasure exchanges.
    const { order: before } = await app.ask('query ($id: ID!) { order(id: $id) { shippingAddresses { id } } }', { id });
    const [one, other] = before.shippingAddresses;
    const items = [{ sku: 'TOWEL-BEACH', quantity: 3 }];
    const shipments = [{ addressId: one.id, items }, { addressId: other.id }];
    const wanted = [...items, { sku: 'FISH-BABEL', quantity: 1 }];
    const changed = await app.change('changeOrderItems', { id, items: wanted, shipments });
    expect(changed.userErrors).toEqual([]);
    await app.change('startOrder', { id });
    const placed = async () =>
      (await app.ask('query ($id: ID!) { order(id: $id) { history(direction: ASC) { nodes { at } } } }', { id })).order
        .history.nodes[0].at;
    await erase(someone.id);
    const { order } = await app.ask(
      `query ($id: ID!, $asOf: DateTime) { order(id: $id, asOf: $asOf) { status total { amount } billingAddress { line1 zipCode }
        shippingAddresses { line1 zipCode } shipments { address { line1 } items { quantity } } } }`,
      { id, asOf: await placed() },
    );
    expect(order).toMatchObject({
      status: 'PENDING',
      total,
      billingAddress: { line1: '(erased)', zipCode: 'EC1 1EC' },
    });
    expect(order.shippingAddresses).toHaveLength(2);
    expect(order.shipments).toHaveLength(2);
    expect(JSON.stringify(order)).not.toContain(someone.word);
  });

  test('leaves tasks without what was written in them, deleted ones and those that were linked once too', async () => {
    const [survivor, duplicate, other] = [await person(), await person(), await person()];
    const order = await orderOf(survivor);
    const written = (word: string) => ({ title: `Call ${word}`, text: `${word} is angry`, tags: [word] });
    const ofCustomer = await taskOf({ ...written(survivor.word), customerId: survivor.id, dueOn: '2026-05-25' });
    const ofOrder = await taskOf({ ...written(survivor.word), orderId: order.id });
    const ofDuplicate = await taskOf({ ...written(duplicate.word), customerId: duplicate.id });
    const deleted = await taskOf({ ...written(survivor.word), orderId: order.id });
    const unlinked = await taskOf({ ...written(survivor.word), customerId: survivor.id });
    const ofOther = await taskOf({ ...written(other.word), customerId: other.id });
    await app.change('updateTask', { id: ofOrder, title: `Write to ${survivor.word}` });
    await app.change('deleteTask', { id: deleted });
    await app.change('updateTask', { id: unlinked, customerId: null, title: 'Something else', text: '', tags: [] });
    await app.change('mergeCustomers', { survivorId: survivor.id, duplicateId: duplicate.id });

    const { receipt } = await erase(survivor.id);
    expect(receipt.tasks).toBe(3);
    expect([...(await traces(survivor.word)), ...(await traces(duplicate.word))]).toEqual([]);
    const fields = 'title text tags dueOn state customer { id } order { id }';
    const { nodes } = await app.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Task { ${fields} } } }`, {
      ids: [ofCustomer, ofOrder, ofDuplicate, deleted, unlinked, ofOther],
    });
    const bare = { title: '(erased)', text: '', tags: [], dueOn: null, state: 'OPEN', customer: null, order: null };
    expect(nodes).toEqual([
      { ...bare, dueOn: '2026-05-25', customer: { id: survivor.id } },
      { ...bare, order: { id: order.id } },
      { ...bare, customer: { id: survivor.id } },
      null,
      { ...bare, title: 'Something else' },
      { ...bare, ...written(other.word), customer: { id: other.id } },
    ]);
    const histories = async (id: string) =>
      (
        await app.ask(
          'query ($id: ID!) { history(id: $id) { nodes { action version changes { field before after } } } }',
          { id },
        )
      ).history.nodes;
    expect(await histories(ofOrder)).toMatchObject([
      { action: 'ERASED', version: 3 },
      { action: 'UPDATED', version: 2, changes: [{ field: 'title', before: null, after: null }] },
      { action: 'CREATED', version: 1 },
    ]);
    expect((await histories(deleted)).map(({ action }: { action: string }) => action)).toEqual(['DELETED', 'CREATED']);
    expect(JSON.stringify(await histories(ofOther))).toContain(other.word);
  });

  test('keeps a colleague from writing back the text that they still see', async () => {
    const someone = await person();
    const id = await taskOf({ title: `Call ${someone.word}`, customerId: someone.id });
    await erase(someone.id);
    const answer = await app.change('updateTask', { id, expectedVersion: 1, title: `Call ${someone.word} again` });
    expect(refusalsOf(answer)).toEqual(['expectedVersion: VERSION_CONFLICT']);
  });

  test('at once with tasks that are made for the person leaves none of them with their words', async () => {
    for (let round = 0; round < 5; round += 1) {
      const someone = await person();
      const [erasure, ...answers] = await Promise.all([
        erase(someone.id),
        ...Array.from({ length: 8 }, () =>
          app.change('createTask', { title: `Call ${someone.word}`, customerId: someone.id }),
        ),
      ]);
      expect(erasure.userErrors).toEqual([]);
      const codes = answers.flatMap(refusalsOf);
      expect(codes.every(code => code === 'customerId: CUSTOMER_ERASED')).toBe(true);
      expect(erasure.receipt.tasks).toBe(8 - codes.length);
      expect(await traces(someone.word)).toEqual([]);
    }
  });

  test('leaves to others what they share', async () => {
    // Trillian shares the starship with Zaphod and the flat with Arthur and Fenchurch.
    const { userErrors } = await erase(sample('trillian'));
    expect(userErrors).toEqual([]);
    const { zaphod, arthur } = await app.ask(
      `query ($zaphod: ID!, $arthur: ID!) { zaphod: customer(id: $zaphod) { addresses { line1 } orders { nodes { billingAddress { line1 } } } }
        arthur: customer(id: $arthur) { addresses { zipCode } } }`,
      { zaphod: sample('zaphod'), arthur: sample('arthur') },
    );
    expect(JSON.stringify(zaphod)).not.toContain('erased');
    expect(arthur.addresses).toContainEqual({ zipCode: 'N1 7BE' });
    expect(await find('+44 20 7946 0709')).toBeUndefined();
  });

  test('frees the contacts for somebody new', async () => {
    const { id, word } = await person();
    await erase(id);
    const contact = { email: `${word}@secret.example`, firstName: 'New' };
    const { customer } = await app.change('createCustomer', contact, 'customer { id }');
    expect(await find(contact.email)).toBe(customer.id);
  });

  test('has to be confirmed, and cannot be done twice, nor undone by a change', async () => {
    const { id, word } = await person();
    const refused = await erase(id, { confirm: false });
    expect(refusalsOf(refused)).toEqual(['confirm: CONFIRMATION_REQUIRED']);
    expect(refused.customer).toMatchObject({ firstName: `First${word}`, erasedAt: null });
    expect(refusalsOf(await erase(id, { expectedVersion: 7 }))).toEqual(['expectedVersion: VERSION_CONFLICT']);
    await erase(id);
    expect(refusalsOf(await erase(id))).toEqual(['id: CUSTOMER_ERASED']);
    expect(refusalsOf(await app.change('updateCustomer', { id, firstName: 'Back' }))).toEqual(['id: CUSTOMER_ERASED']);
    const survivor = await person();
    expect(refusalsOf(await app.change('mergeCustomers', { survivorId: survivor.id, duplicateId: id }))).toEqual([
      'duplicateId: CUSTOMER_ERASED',
    ]);
  });
});
