import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import { newId } from '../../../src/database/new-id.js';
import { endPrograms } from '../../support/process.js';
import { type Fleet, schemaOf, startFleet } from '../fleet/fleet-fixtures.js';
import { addCustomers, addExpansion, asProgram, changes } from './expand-fixtures.js';

// Each command takes seconds to start.
jest.setTimeout(120_000);

const schema = schemaOf('arthur');
let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet(['arthur']);
  await addCustomers(fleet, schema, 3);
  for (const [words, change] of Object.entries(changes)) {
    await addExpansion(fleet, words, change);
  }
  expect(await fleet.migrate('apply', '--no-canaries')).toMatchObject({ code: 0 });
});
afterEach(endPrograms);
afterAll(() => fleet.close());

/** Writes by SQL as a program does, and gives the row of a table then. */
async function write(table: string, id: string, statements: string[]): Promise<Record<string, unknown>> {
  return asProgram(fleet, async client => {
    for (const statement of statements) {
      await client.query(statement);
    }
    return (await client.query<pg.QueryResultRow>(`select * from ${schema}.${table} where id = $1`, [id])).rows[0]!;
  });
}

const customer = (id: string, columns: string, values: string) =>
  `insert into ${schema}.customers (id, email, first_name, last_name${columns}) values ('${id}', '${id}@earth.example', 'Arthur', 'Dent'${values})`;

describe('a column that is renamed', () => {
  test.each([
    ['insert the old one', [`, telephone`, `, '+4242'`], ''],
    ['insert the new one', [`, phone`, `, '+4242'`], ''],
    ['insert neither and then update the old one', ['', ''], `telephone = '+4242'`],
    ['insert neither and then update the new one', ['', ''], `phone = '+4242'`],
    ['update the old one after the new one', [`, phone`, `, '+1111'`], `telephone = '+4242'`],
    ['update the new one after the old one', [`, telephone`, `, '+1111'`], `phone = '+4242'`],
    ['update both', [`, phone`, `, '+1111'`], `telephone = '+4242', phone = '+4242'`],
  ] as const)('is the same under both names when programs %s', async (_case, [columns, values], update) => {
    const id = newId();
    const updates = update ? [`update ${schema}.customers set ${update} where id = '${id}'`] : [];
    const row = await write('customers', id, [customer(id, columns, values), ...updates]);
    expect(row).toMatchObject({ telephone: '+4242', phone: '+4242' });
    await fleet.database.query(`delete from ${schema}.customers where id = $1`, [id]);
  });

  test.each(['telephone', 'phone'])('is empty under both names when %s is emptied', async column => {
    const id = newId();
    const row = await write('customers', id, [
      customer(id, ', phone', `, '+4343'`),
      `update ${schema}.customers set ${column} = null where id = '${id}'`,
    ]);
    expect(row).toMatchObject({ telephone: null, phone: null });
  });

  test('is filled when a row that was there before is written, whatever is written', async () => {
    const [{ id }] = (await fleet.database.query<{ id: string }>(
      `select id from ${schema}.customers where telephone is not null and phone is null limit 1`,
    )) as [{ id: string }];
    const row = await write('customers', id, [
      `update ${schema}.customers set first_name = 'Zaphod' where id = '${id}'`,
    ]);
    expect(row['phone']).toBe(row['telephone']);
  });

  test('is the same in rows that are copied, or inserted where there is one', async () => {
    const id = newId();
    const row = await write('customers', id, [
      customer(id, ', phone', `, '+4444'`),
      `${customer(id, ', telephone', `, '+4545'`)} on conflict (id) do update set telephone = excluded.telephone`,
    ]);
    expect(row).toMatchObject({ telephone: '+4545', phone: '+4545' });
  });
});

const product = (id: string, columns: string, values: string) =>
  `insert into ${schema}.products (id, sku, name, currency_code, ${columns}) values ('${id}', '${id}', 'Towel', 'USD', ${values})`;

describe('a column that is renamed and has a default', () => {
  test.each([
    ['do not give it', [], '0'],
    ['give the old one', ['tax_rate', '20'], '20'],
    ['give the new one', ['vat_rate', '20'], '20'],
  ] as const)('is the same under both names when programs %s', async (_case, [column, value], expected) => {
    const id = newId();
    const columns = column ? [`price, ${column}`, `1, ${value}`] : ['price', '1'];
    const row = await write('products', id, [product(id, columns[0]!, columns[1]!)]);
    expect(row).toMatchObject({ tax_rate: expected, vat_rate: expected });
  });

  test.each(['tax_rate', 'vat_rate'])(
    'is written alike under both names when %s gets an equal number in other digits',
    async column => {
      const id = newId();
      const row = await write('products', id, [
        product(id, 'price, tax_rate', '1, 20'),
        `update ${schema}.products set ${column} = 20.0 where id = '${id}'`,
      ]);
      expect(row).toMatchObject({ tax_rate: '20.0', vat_rate: '20.0' });
    },
  );
});

describe('a column that gets another type', () => {
  test.each([
    ['price', '17.5', '17.5', '1750'],
    ['price', '17.50', '17.50', '1750'],
    ['list_price', '1750', '17.50', '1750'],
  ])('is converted when %s is written', async (column, value, price, listPrice) => {
    const id = newId();
    expect(await write('products', id, [product(id, column, value)])).toMatchObject({ price, list_price: listPrice });
  });

  test('keeps what the conversion loses on the side that was written, whatever else is written', async () => {
    const id = newId();
    const row = await write('products', id, [
      product(id, 'price', '0.005'),
      `update ${schema}.products set version = version + 1, name = 'A towel' where id = '${id}'`,
      `update ${schema}.products set price = price, list_price = list_price where id = '${id}'`,
    ]);
    expect(row).toMatchObject({ price: '0.005', list_price: '1' });
  });
});

describe('a column that becomes several', () => {
  const user = (id: string, columns: string, values: string) =>
    `insert into ${schema}.users (id, email, role, ${columns}) values ('${id}', '${id}@earth.example', 'CLERK', ${values})`;

  test.each([
    ['the old one', 'name', `'Zaphod Beeblebrox III'`, 'Zaphod Beeblebrox III', 'Zaphod', 'Beeblebrox III'],
    ['the new ones', 'first_name, last_name', `'Zaphod', 'Beeblebrox'`, 'Zaphod Beeblebrox', 'Zaphod', 'Beeblebrox'],
    ['one of the new ones, with a default for the other', 'first_name', `'Marvin'`, 'Marvin', 'Marvin', ''],
  ])('is in step when programs insert %s', async (_case, columns, values, name, first, last) => {
    const id = newId();
    expect(await write('users', id, [user(id, columns, values)])).toMatchObject({
      name,
      first_name: first,
      last_name: last,
    });
  });

  test('is in step when programs update one of the new ones', async () => {
    const id = newId();
    const row = await write('users', id, [
      user(id, 'name', `'Tricia McMillan'`),
      `update ${schema}.users set first_name = 'Trillian' where id = '${id}'`,
    ]);
    expect(row).toMatchObject({ name: 'Trillian McMillan', first_name: 'Trillian', last_name: 'McMillan' });
  });

  test('refuses what the new columns must not be', async () => {
    const id = newId();
    await write('users', id, [user(id, 'name', `'Ford Prefect'`)]);
    await expect(
      write('users', id, [`update ${schema}.users set last_name = null where id = '${id}'`]),
    ).rejects.toMatchObject({ constraint: 'users_last_name_not_null' });
  });
});

test('Programs that write either column at once leave both the same in each row', async () => {
  const ids = Array.from({ length: 5 }, newId);
  await asProgram(fleet, async client => {
    for (const id of ids) {
      await client.query(customer(id, '', ''));
    }
  });
  const program = (column: string, number: number) =>
    asProgram(fleet, async client => {
      for (let turn = 0; turn < 60; turn++) {
        const { rows } = await client.query(
          `update ${schema}.customers set ${column} = $1 where id = $2 returning phone = telephone as same`,
          [`+${number}${turn}0${number}`, ids[turn % ids.length]],
        );
        expect(rows).toEqual([{ same: true }]);
      }
    });
  await Promise.all(['telephone', 'phone', 'telephone', 'phone'].map((column, index) => program(column, index + 5)));
  const rows = await fleet.database.query<{ same: boolean; count: number }>(
    `select phone = telephone as same, count(*)::int from ${schema}.customers where id = any($1) group by 1`,
    [ids],
  );
  expect(rows).toEqual([{ same: true, count: ids.length }]);
});
