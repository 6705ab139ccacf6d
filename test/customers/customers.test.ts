import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customerId, orderId, sampleCustomers } from '../../seeders/sample-data.js';
import { toGlobalId } from '../../src/graphql/global-id.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { customersByContact, ordersByCustomer } from '../support/sample-answers.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const globalId = (key: string) => toGlobalId('Customer', customerId(key));

/** The keys that SQL finds, as global ids. */
async function idsBySql(typeName: string, sql: string, values: unknown[] = []): Promise<string[]> {
  const rows = await app.database.query<{ id: string }>(sql, values);
  return rows.map(({ id }) => toGlobalId(typeName, id));
}

describe('A customer', () => {
  it('is found by id, with names and contacts as they were given', async () => {
    const { customer } = await app.ask(
      'query ($id: ID!) { customer(id: $id) { id firstName lastName email telephone } }',
      {
        id: globalId('arthur'),
      },
    );
    expect(customer).toEqual({
      id: globalId('arthur'),
      firstName: 'Arthur',
      lastName: 'Dent',
      email: 'Arthur.Dent@cottington.example',
      telephone: '+44 1632 960042',
    });
  });

  it('may lack a family name and an email address', async () => {
    const { customer } = await app.ask('query ($id: ID!) { customer(id: $id) { firstName lastName email } }', {
      id: globalId('trillian'),
    });
    expect(customer).toEqual({ firstName: 'Trillian', lastName: '', email: null });
  });

  it('is null for an id that nobody has', async () => {
    const { customer } = await app.ask('{ customer(id: "Customer_00000000-0000-7000-8000-000000000000") { id } }');
    expect(customer).toBeNull();
  });
});

describe('A customer by contact', () => {
  const find = async (contact: string) =>
    (await app.ask('query ($contact: String!) { customerByContact(contact: $contact) { id } }', { contact }))
      .customerByContact?.id ?? null;

  it.each([
    ['as the email address was given', 'Arthur.Dent@cottington.example'],
    ['in lower case', 'arthur.dent@cottington.example'],
    ['in upper case', 'ARTHUR.DENT@COTTINGTON.EXAMPLE'],
    ['with spaces around', '  Arthur.Dent@cottington.example\n'],
    ['as the telephone number was given', '+44 1632 960042'],
    ['without punctuation', '441632960042'],
    ['with other punctuation', '+44.(1632)-960/042'],
    ['with a no-break space', '+44\u00a01632\u00a0960042'],
  ])('finds Arthur %s', async (_how, contact) => {
    expect(await find(contact)).toBe(globalId('arthur'));
  });

  it('finds every customer of the sample data by each contact', async () => {
    for (const { key, email, telephone } of sampleCustomers) {
      for (const contact of [email, telephone].filter(value => value !== undefined)) {
        expect([contact, await find(contact)]).toEqual([contact, globalId(key)]);
      }
    }
  });

  it.each(customersByContact)('is for %s what the sample data promises', async (contact, customer) => {
    expect(await find(contact)).toBe(customer && globalId(customer));
  });

  it.each([
    ['an email address', 'nobody@nowhere.example'],
    ['a part of an email address', 'dent@cottington.example'],
    ['a pattern', '%@%'],
    ['a telephone number', '000'],
    ['a part of a telephone number', '960042'],
    ['an address in another script', 'артур@дент.example'],
    ['an address with an emoji', '🐋@magrathea.example'],
    ['an address of a hundred thousand characters', `${'x'.repeat(100_000)}@example`],
  ])('is null for %s that nobody has', async (_what, contact) => {
    expect(await find(contact)).toBeNull();
  });

  it('finds an address in another script, in any case', async () => {
    const [added] = await app.database.query<{ id: string }>(
      `insert into customers (id, email, first_name, last_name)
       values ('01941f29-7c00-7000-8002-00000000f00d', 'агата@магратея.example', 'Агата', '') returning id`,
    );
    const found = [await find('агата@магратея.example'), await find('АГАТА@Магратея.EXAMPLE')];
    expect(found).toEqual(Array(2).fill(toGlobalId('Customer', added!.id)));
    await app.database.query('delete from customers where id = $1', [added!.id]);
  });

  it('answers several contacts of one request each for itself', async () => {
    const { a, b, c } = await app.ask(`{
      a: customerByContact(contact: "arthur.dent@cottington.example") { id }
      b: customerByContact(contact: "ARTHUR.DENT@cottington.example") { id }
      c: customerByContact(contact: "nobody@nowhere.example") { id }
    }`);
    expect([a.id, b.id, c]).toEqual([globalId('arthur'), globalId('arthur'), null]);
  });
});

describe('A customer’s addresses', () => {
  const addresses = async (key: string, kind?: string) => {
    const { customer } = await app.ask(
      'query ($id: ID!, $kind: AddressKind) { customer(id: $id) { addresses(kind: $kind) { id } } }',
      { id: globalId(key), kind },
    );
    return customer.addresses.map(({ id }: { id: string }) => id);
  };

  it.each(['BILLING', 'SHIPPING'])('are those of the kind %s when that is asked', async kind => {
    for (const { key } of sampleCustomers) {
      expect(await addresses(key, kind)).toEqual(
        await idsBySql(
          'Address',
          'select address_id as id from customer_addresses where customer_id = $1 and kind = $2 order by 1',
          [customerId(key), kind],
        ),
      );
    }
  });

  it('are all of them, each once, when no kind is asked', async () => {
    const both = await addresses('arthur');
    expect(both).toEqual(
      [...new Set([...(await addresses('arthur', 'BILLING')), ...(await addresses('arthur', 'SHIPPING'))])].sort(),
    );
    expect(both).toHaveLength(2);
  });

  it('are all of them when the kind is null', async () => {
    const { customer } = await app.ask('query ($id: ID!) { customer(id: $id) { addresses(kind: null) { id } } }', {
      id: globalId('arthur'),
    });
    expect(customer.addresses).toHaveLength(2);
  });

  it('come with their fields and country', async () => {
    const { customer } = await app.ask(
      `query ($id: ID!) { customer(id: $id) {
         addresses(kind: BILLING) { line1 line2 city state zipCode country { iso2Code } } } }`,
      { id: globalId('arthur') },
    );
    expect(customer.addresses).toEqual(
      await app.database.query(
        `select line1, line2, city, state, zip_code as "zipCode", json_build_object('iso2Code', country_code) as country
         from addresses where id in (select address_id from customer_addresses where customer_id = $1 and kind = 'BILLING')`,
        [customerId('arthur')],
      ),
    );
  });
});

describe('A customer’s orders', () => {
  it.each(Object.entries(ordersByCustomer))('are for %s those that the sample data promises', async (key, numbers) => {
    const { customer } = await app.ask('query ($id: ID!) { customer(id: $id) { orders { nodes { id } } } }', {
      id: globalId(key),
    });
    expect(customer.orders.nodes).toEqual(numbers.map(number => ({ id: toGlobalId('Order', orderId(number)) })));
  });

  it('are theirs alone, newest first', async () => {
    const { customers } = await app.ask(
      '{ customers(first: 100) { nodes { id orders(first: 100) { nodes { id } totalCount } } } }',
    );
    for (const { id, orders } of customers.nodes) {
      const expected = await idsBySql(
        'Order',
        'select id from orders where customer_id = $1 order by placed_at desc, id desc',
        [id.slice('Customer_'.length)],
      );
      expect(orders.nodes.map((order: { id: string }) => order.id)).toEqual(expected);
      expect(orders.totalCount).toBe(expected.length);
    }
  });

  it('come oldest first, narrowed and cut when that is asked', async () => {
    const { customer } = await app.ask(
      `query ($id: ID!) { customer(id: $id) {
         orders(first: 2, direction: ASC, filter: { status: COMPLETED }) { nodes { id } totalCount } } }`,
      { id: globalId('arthur') },
    );
    const expected = await idsBySql(
      'Order',
      `select id from orders where customer_id = $1 and status = 'COMPLETED' order by placed_at, id`,
      [customerId('arthur')],
    );
    expect(customer.orders.nodes.map(({ id }: { id: string }) => id)).toEqual(expected.slice(0, 2));
    expect(customer.orders.totalCount).toBe(expected.length);
  });

  it('narrowed to another customer are none', async () => {
    const { customer } = await app.ask(
      'query ($id: ID!, $other: ID!) { customer(id: $id) { orders(filter: { customerId: $other }) { nodes { id } totalCount } } }',
      { id: globalId('arthur'), other: globalId('ford') },
    );
    expect(customer.orders).toEqual({ nodes: [], totalCount: 0 });
  });
});

describe('The customers', () => {
  it.each([
    ['by name without being asked', '', 'last_name, first_name, id'],
    ['by name', '(sort: NAME, direction: ASC)', 'last_name, first_name, id'],
    ['by name backwards', '(sort: NAME, direction: DESC)', 'last_name desc, first_name desc, id desc'],
    ['as they became known', '(sort: CREATED)', 'id'],
    ['as they became known, backwards', '(sort: CREATED, direction: DESC)', 'id desc'],
  ])('are sorted %s', async (_how, args, orderBy) => {
    const { customers } = await app.ask(`{ customers${args} { nodes { id } totalCount } }`);
    const expected = await idsBySql('Customer', `select id from customers order by ${orderBy}`);
    expect(customers.nodes.map(({ id }: { id: string }) => id)).toEqual(expected.slice(0, 20));
    expect(customers.totalCount).toBe(expected.length);
  });
});
