import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { customerId } from '../../seeders/sample-data.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { arthur, cottage, flat } from '../orders/order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const fields = 'customer { id email telephone firstName lastName version }';
const unknown = 'Customer_00000000-0000-7000-8000-000000000000';
const refusalsOf = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
  userErrors.map(({ field, code }) => `${field}: ${code}`);

let number = 0;
async function create(changes: object = {}) {
  const email = `customer-${(number += 1)}@magrathea.example`;
  const input = { email, firstName: 'Slarti', lastName: 'Bartfast', ...changes };
  const { customer, userErrors } = await app.change('createCustomer', input, fields);
  expect(userErrors).toEqual([]);
  return customer;
}

const badValues: [string, object, string][] = [
  ['an email that is none', { email: 'magrathea' }, 'email: INVALID_EMAIL'],
  ['an email with a blank', { email: 'a b@magrathea.example' }, 'email: INVALID_EMAIL'],
  ['an email without end', { email: `${'x'.repeat(250)}@x.example` }, 'email: TOO_LONG'],
  ['a telephone that is none', { telephone: 'call me' }, 'telephone: INVALID_TELEPHONE'],
  ['a telephone of two digits', { telephone: '42' }, 'telephone: INVALID_TELEPHONE'],
  ['a name without end', { firstName: 'x'.repeat(201) }, 'firstName: TOO_LONG'],
  ['no name', { firstName: ' ', lastName: '' }, 'lastName: REQUIRED'],
  ['an email that another has, in other letters', { email: 'ARTHUR.dent@COTTINGTON.example' }, 'email: CONTACT_TAKEN'],
  ['a telephone that another has, in other signs', { telephone: '(44) 1632/960042' }, 'telephone: CONTACT_TAKEN'],
];

describe('A customer', () => {
  test('is created by email, by telephone or by both', async () => {
    expect(await create({ email: ' Deep@Thought.example ' })).toMatchObject({
      email: 'Deep@Thought.example',
      telephone: null,
      version: 1,
    });
    expect(await create({ email: null, telephone: '+44 7 555 0001' })).toMatchObject({
      email: null,
      telephone: '+44 7 555 0001',
    });
    expect(await create({ firstName: undefined, telephone: '+44 7 555 0002' })).toMatchObject({
      firstName: '',
      lastName: 'Bartfast',
    });
  });

  test.each(badValues)(
    'with %s is refused, when it is made and when it is changed',
    async (_what, changes, refusal) => {
      const input = { email: `customer-${(number += 1)}@magrathea.example`, firstName: 'A', lastName: 'B', ...changes };
      expect(refusalsOf(await app.change('createCustomer', input))).toEqual([refusal]);
      const { id } = await create();
      expect(refusalsOf(await app.change('updateCustomer', { id, ...changes }))).toEqual([refusal]);
      const { customer } = await app.ask('query ($id: ID!) { customer(id: $id) { version } }', { id });
      expect(customer.version).toBe(1);
    },
  );

  test('needs a contact, when it is made and later', async () => {
    expect(refusalsOf(await app.change('createCustomer', { firstName: 'Nobody' }))).toEqual(['null: CONTACT_REQUIRED']);
    const { id } = await create();
    expect(refusalsOf(await app.change('updateCustomer', { id, email: null }))).toEqual(['null: CONTACT_REQUIRED']);
    const { customer } = await app.change('updateCustomer', { id, email: null, telephone: '555 0003' }, fields);
    expect(customer).toMatchObject({ email: null, telephone: '555 0003', version: 2 });
  });

  test('is found by the new contact, and no longer by the old', async () => {
    const { id, email } = await create();
    await app.change('updateCustomer', { id, email: `new-${email}` });
    const find = async (contact: string) =>
      (await app.ask('query ($contact: String!) { customerByContact(contact: $contact) { id } }', { contact }))
        .customerByContact;
    expect(await find(`NEW-${email}`)).toEqual({ id });
    expect(await find(email)).toBeNull();
  });

  test('keeps a contact of its own that is written otherwise', async () => {
    const { id, email } = await create();
    const { customer, userErrors } = await app.change('updateCustomer', { id, email: email.toUpperCase() }, fields);
    expect(userErrors).toEqual([]);
    expect(customer.email).toBe(email.toUpperCase());
  });

  test('has a history of what was changed', async () => {
    const { id } = await create();
    await app.change('updateCustomer', { id, lastName: 'Bartfast the Second' });
    const { customer } = await app.ask(
      'query ($id: ID!) { customer(id: $id) { history { nodes { version action changes { field before after } } } } }',
      { id },
    );
    expect(customer.history.nodes[0]).toEqual({
      version: 2,
      action: 'UPDATED',
      changes: [{ field: 'lastName', before: 'Bartfast', after: 'Bartfast the Second' }],
    });
    expect(customer.history.nodes[1]).toMatchObject({ version: 1, action: 'CREATED' });
  });

  test.each([
    ['updateCustomer', { id: unknown }, 'id: UNKNOWN_CUSTOMER'],
    ['removeCustomerAddress', { customerId: unknown, addressId: cottage }, 'customerId: UNKNOWN_CUSTOMER'],
    ['mergeCustomers', { survivorId: unknown, duplicateId: arthur }, 'survivorId: UNKNOWN_CUSTOMER'],
    ['eraseCustomer', { id: unknown, confirm: true }, 'id: UNKNOWN_CUSTOMER'],
  ])('that there is not is refused by %s', async (mutation, input, refusal) => {
    expect(refusalsOf(await app.change(mutation, input))).toEqual([refusal]);
  });
});

describe('An upsert', () => {
  const upsert = (input: object) => app.change('upsertCustomer', input, fields);

  test('makes a customer who is new', async () => {
    const { customer } = await upsert({ email: 'upsert@new.example', lastName: 'New' });
    expect(customer).toMatchObject({ email: 'upsert@new.example', lastName: 'New', version: 1 });
  });

  test('finds a customer by either contact, adds the other, and changes what is given alone', async () => {
    const { id, email } = await create();
    const added = await upsert({ email: email.toUpperCase(), telephone: '555 0100' });
    expect(added.customer).toMatchObject({ id, telephone: '555 0100', firstName: 'Slarti', version: 2 });
    const renamed = await upsert({ telephone: '5550100', firstName: 'Renamed', lastName: null });
    expect(renamed.customer).toMatchObject({
      id,
      firstName: 'Renamed',
      lastName: 'Bartfast',
      email: email.toUpperCase(),
    });
  });

  test('reports a clash of two customers, and changes neither', async () => {
    const [one, two] = [await create(), await create({ email: null, telephone: '555 0200' })];
    const { customer, userErrors } = await upsert({ email: one.email, telephone: two.telephone, firstName: 'Clash' });
    expect(customer).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'CONTACT_CLASH', message: expect.stringMatching(/merge them/) }]);
    const { a, b } = await app.ask(
      'query ($a: ID!, $b: ID!) { a: customer(id: $a) { firstName version } b: customer(id: $b) { firstName version } }',
      { a: one.id, b: two.id },
    );
    expect([a, b]).toEqual([
      { firstName: 'Slarti', version: 1 },
      { firstName: 'Slarti', version: 1 },
    ]);
  });

  test.each([
    ['without a contact', { firstName: 'Nobody' }, ['null: CONTACT_REQUIRED']],
    ['with an email that is none', { email: 'x', firstName: 'X' }, ['email: INVALID_EMAIL']],
    ['of somebody new without a name', { email: 'no@name.example' }, ['lastName: REQUIRED']],
  ])('is refused %s', async (_what, input, refusals) => {
    expect(refusalsOf(await upsert(input))).toEqual(refusals);
  });

  test('of one new customer many times at once makes one', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        upsert({ email: 'many@times.example', telephone: `555 03${index}0`, lastName: 'Many' }),
      ),
    );
    expect(payloads.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(payloads.map(({ customer }) => customer.id)).size).toBe(1);
  });
});

describe('The addresses of a customer', () => {
  const address = { line1: '2 Fjord Lane', city: 'Magrathea', zipCode: 'MG 2', countryCode: 'NO' };
  const both =
    'customer { version billing: addresses(kind: BILLING) { id } shipping: addresses(kind: SHIPPING) { id } } address { id line1 country { name } }';
  const add = (input: object) => app.change('addCustomerAddress', { kind: 'BILLING', address, ...input }, both);
  const remove = (input: object) => app.change('removeCustomerAddress', input, 'customer { version addresses { id } }');

  test('are added for a use, each once', async () => {
    const { id: customerId_ } = await create();
    const first = await add({ customerId: customerId_, expectedVersion: 1 });
    expect(first.userErrors).toEqual([]);
    expect(first.address).toMatchObject({ line1: '2 Fjord Lane', country: { name: 'Norway' } });
    expect(first.customer).toEqual({ version: 2, billing: [{ id: first.address.id }], shipping: [] });
    const second = await add({ customerId: customerId_, kind: 'SHIPPING' });
    expect(second.customer).toEqual({
      version: 3,
      billing: [{ id: first.address.id }],
      shipping: [{ id: first.address.id }],
    });
    const third = await add({ customerId: customerId_ });
    expect(third.customer.version).toBe(3);
  });

  test('are removed for one use or for all, and are gone when nothing else uses them', async () => {
    const { id: customerId_ } = await create();
    const { address: added } = await add({ customerId: customerId_ });
    await add({ customerId: customerId_, kind: 'SHIPPING' });
    const one = await remove({ customerId: customerId_, addressId: added.id, kind: 'BILLING' });
    expect(one.customer).toEqual({ version: 4, addresses: [{ id: added.id }] });
    const all = await remove({ customerId: customerId_, addressId: added.id });
    expect(all.customer).toEqual({ version: 5, addresses: [] });
    expect((await app.ask('query ($id: ID!) { node(id: $id) { id } }', { id: added.id })).node).toBeNull();
  });

  test('stay where orders and other customers use them', async () => {
    const { userErrors } = await remove({ customerId: arthur, addressId: cottage });
    expect(userErrors).toEqual([]);
    const { node } = await app.ask('query ($id: ID!) { node(id: $id) { ... on Address { zipCode } } }', {
      id: cottage,
    });
    expect(node).toEqual({ zipCode: 'CT42 1AD' });
  });

  test.each([
    [
      'an address that the customer does not have',
      { customerId: `Customer_${customerId('marvin')}`, addressId: flat },
      'addressId: UNKNOWN_ADDRESS',
    ],
    [
      'a use that it does not have',
      { customerId: arthur, addressId: flat, kind: 'BILLING' },
      'addressId: UNKNOWN_ADDRESS',
    ],
    [
      'another version',
      { customerId: arthur, addressId: flat, expectedVersion: 99 },
      'expectedVersion: VERSION_CONFLICT',
    ],
  ])('are not removed by %s', async (_what, input, refusal) => {
    expect(refusalsOf(await remove(input))).toEqual([refusal]);
  });

  test('are refused with all that is wrong', async () => {
    const { id: customerId_ } = await create();
    const wrong = { line1: '', city: ' ', zipCode: 'x'.repeat(201), countryCode: 'Norway' };
    expect(refusalsOf(await add({ customerId: customerId_, address: wrong }))).toEqual([
      'address.line1: REQUIRED',
      'address.city: REQUIRED',
      'address.zipCode: TOO_LONG',
      'address.countryCode: UNKNOWN_COUNTRY',
    ]);
  });
});
