import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../src/database/new-id.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { connected } from './support/server.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('sample');
});
afterAll(() => database.drop());

/** The code and constraint with which PostgreSQL refuses a statement. */
async function refusal(sql: string, values: unknown[] = []): Promise<{ code: string; constraint: string }> {
  try {
    await database.query(sql, values);
  } catch (error) {
    const { code, constraint } = error as { code: string; constraint: string };
    return { code, constraint };
  }
  throw new Error(`It was accepted: ${sql}`);
}

const checkViolation = '23514';
const uniqueViolation = '23505';
const notNullViolation = '23502';

describe('every table', () => {
  test('refers to others with ON DELETE RESTRICT alone, but for tokens, host names and notes of migrations and backfills, which are nothing by themselves', async () => {
    const others = await database.query<{ conname: string }>(
      `select distinct conname from pg_constraint
       where contype = 'f' and connamespace in ('public'::regnamespace, 'platform'::regnamespace) and confdeltype <> 'r'
       order by conname`,
    );
    expect(others.map(({ conname }) => conname)).toEqual([
      'account_tokens_user_id_foreign',
      'backfills_tenant_id_foreign',
      'refresh_tokens_session_id_foreign',
      'tenant_hosts_tenant_id_foreign',
      'tenant_migrations_tenant_id_foreign',
    ]);
  });

  test('has no foreign key that leaves its schema', async () => {
    expect(
      await database.query(
        `select c.conname from pg_constraint c join pg_class target on target.oid = c.confrelid
         where c.contype = 'f' and target.relnamespace <> c.connamespace`,
      ),
    ).toEqual([]);
  });

  test('keeps instants with their time zone', async () => {
    const types = await database.query<{ type: string }>(
      `select distinct data_type as type from information_schema.columns
       where table_schema in ('public', 'platform') and data_type like '%time%' and table_name <> 'mikro_orm_migrations'`,
    );
    expect(types).toEqual([{ type: 'timestamp with time zone' }]);
  });

  test('has an index that begins with each foreign key’s column, but for who did what, since users stay', async () => {
    expect(
      await database.query(
        `select c.conname from pg_constraint c where c.contype = 'f' and c.conname <> 'history_user_id_foreign' and not exists (
           select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`,
      ),
    ).toEqual([]);
  });
});

describe('ids', () => {
  test('grow with time, so that new rows stay together in the index', () => {
    const ids = Array.from({ length: 1000 }, newId);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});

describe('customers', () => {
  const insert = 'insert into customers (id, email, telephone, first_name, last_name) values ($1, $2, $3, $4, $5)';

  test.each([
    ['no contact', [null, null, 'Random', 'Dent'], 'customers_contact_check'],
    ['an email that is none', ['random', null, 'Random', 'Dent'], 'customers_email_check'],
    ['an email with spaces', ['random dent@earth.example', null, 'Random', 'Dent'], 'customers_email_check'],
    ['a telephone without digits', [null, 'call me', 'Random', 'Dent'], 'customers_telephone_check'],
    ['no name', ['random@earth.example', null, ' ', ''], 'customers_name_check'],
  ])('with %s are refused', async (_case, values, constraint) => {
    expect(await refusal(insert, [newId(), ...values])).toEqual({ code: checkViolation, constraint });
  });

  test('have an email once, in whatever case', async () => {
    await database.query(insert, [newId(), 'Random@Earth.example', null, 'Random', 'Dent']);
    expect(await refusal(insert, [newId(), 'rANDOM@eARTH.example', null, 'Random', 'Dent'])).toEqual({
      code: uniqueViolation,
      constraint: 'customers_email_unique',
    });
  });

  test('have a telephone once, with whatever punctuation', async () => {
    await database.query(insert, [newId(), null, '+44 (20) 7946-0958', 'Random', 'Dent']);
    expect(await refusal(insert, [newId(), null, '442079460958', 'Random', 'Dent'])).toEqual({
      code: uniqueViolation,
      constraint: 'customers_telephone_unique',
    });
  });

  test('that have orders cannot be deleted', async () => {
    const { code } = await refusal('delete from customers where id in (select customer_id from orders)');
    expect(['23001', '23503']).toContain(code);
  });
});

describe('products', () => {
  const insert = `insert into products (id, sku, name, price, currency_code, state) values ($1, $2, $3, $4, $5, $6)`;

  test.each([
    ['a blank SKU', [' ', 'Towel', '1', 'USD', 'ACTIVE'], 'products_sku_check'],
    ['a blank name', ['T-1', '', '1', 'USD', 'ACTIVE'], 'products_name_check'],
    ['a price below zero', ['T-1', 'Towel', '-0.01', 'USD', 'ACTIVE'], 'products_price_check'],
    ['a price that is no number', ['T-1', 'Towel', 'NaN', 'USD', 'ACTIVE'], 'products_price_check'],
    ['a price without end', ['T-1', 'Towel', 'Infinity', 'USD', 'ACTIVE'], 'products_price_check'],
    ['a currency that is none', ['T-1', 'Towel', '1', 'usd', 'ACTIVE'], 'products_currency_code_check'],
    ['an unknown state', ['T-1', 'Towel', '1', 'USD', 'LOST'], 'products_state_check'],
  ])('with %s are refused', async (_case, values, constraint) => {
    expect(await refusal(insert, [newId(), ...values])).toEqual({ code: checkViolation, constraint });
  });
});

describe('orders', () => {
  /** An order of the sample data with its parts, as a copy to insert. */
  const copy = (changes: string) => `
    with copied as (
      insert into orders (id, customer_id, billing_address_id, store_id, fulfilment, status, placed_at, currency_code)
      select $1, customer_id, billing_address_id, ${changes}, status, placed_at, currency_code
      from orders where store_id is not null limit 1 returning id
    )`;

  test.each(['SHIPPED', 'PICK_UP'])('that are %s and have their parts so are accepted', async fulfilment => {
    const link = `insert into order_shipping_addresses (order_id, address_id)
      select copied.id, (select id from addresses limit 1) from copied`;
    await database.query(
      `${copy(`store_id, '${fulfilment}'`)} ${fulfilment === 'SHIPPED' ? link : 'select from copied'}`,
      [newId()],
    );
  });

  test('that are shipped have a shipping address', async () => {
    expect(await refusal(`${copy(`store_id, 'SHIPPED'`)} select from copied`, [newId()])).toEqual({
      code: checkViolation,
      constraint: 'orders_fulfilment_trigger',
    });
  });

  test('that are picked up have none', async () => {
    expect(
      await refusal(
        `${copy(`store_id, 'PICK_UP'`)} insert into order_shipping_addresses (order_id, address_id)
         select copied.id, (select id from addresses limit 1) from copied`,
        [newId()],
      ),
    ).toEqual({ code: checkViolation, constraint: 'orders_fulfilment_trigger' });
  });

  test('do not lose their last shipping address, nor become in-store purchases with one', async () => {
    expect(await refusal('delete from order_shipping_addresses')).toMatchObject({
      constraint: 'orders_fulfilment_trigger',
    });
    expect(
      await refusal(`update orders set fulfilment = 'PICK_UP' where fulfilment = 'SHIPPED' and store_id is not null`),
    ).toMatchObject({ constraint: 'orders_fulfilment_trigger' });
  });

  test('do not lose two addresses to two transactions at once', async () => {
    const [order] = await database.query<{ id: string }>(
      'select order_id as id from order_shipping_addresses group by 1 having count(*) = 2 limit 1',
    );
    const remove = `delete from order_shipping_addresses where order_id = $1 and address_id =
      (select address_id from order_shipping_addresses where order_id = $1 order by address_id`;
    await connected(database.url, first =>
      connected(database.url, async second => {
        await first.query('begin');
        await second.query('begin');
        await first.query(`${remove} limit 1)`, [order!.id]);
        // It waits for the first, whose commit it then sees.
        const removed = second.query(`${remove} desc limit 1)`, [order!.id]);
        const outcomes = await Promise.allSettled([first.query('commit'), removed.then(() => second.query('commit'))]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }),
    );
    expect(
      await database.query('select count(*)::int from order_shipping_addresses where order_id = $1', [order!.id]),
    ).toEqual([{ count: 1 }]);
  });

  test('are checked in their own schema, even after it was renamed', async () => {
    await database.query('alter schema public rename to heart_of_gold');
    try {
      expect(await refusal('delete from heart_of_gold.order_shipping_addresses')).toMatchObject({
        constraint: 'orders_fulfilment_trigger',
      });
    } finally {
      await database.query('alter schema heart_of_gold rename to public');
    }
  });

  test('that are picked up are so in a store', async () => {
    expect(await refusal(`${copy(`null, 'PICK_UP'`)} select from copied`, [newId()])).toEqual({
      code: checkViolation,
      constraint: 'orders_pick_up_check',
    });
  });

  test.each([
    ['quantity', '0', 'order_items_quantity_check'],
    ['quantity', '-1', 'order_items_quantity_check'],
    ['unit_price', '-0.01', 'order_items_unit_price_check'],
    ['line_number', '0', 'order_items_line_number_check'],
    ['product_name', `''`, 'order_items_product_name_check'],
    ['tax_rate', '100.1', 'order_items_tax_rate_check'],
    ['tax_rate', '-1', 'order_items_tax_rate_check'],
    ['currency_decimals', '5', 'order_items_currency_decimals_check'],
  ])('have no line with a %s of %s', async (column, value, constraint) => {
    expect(await refusal(`update order_items set ${column} = ${value}`)).toEqual({ code: checkViolation, constraint });
  });

  test('have a total of each line that is its subtotal and its tax, and nobody can write another', async () => {
    expect(await database.query(`select from order_items where line_total <> subtotal + tax`)).toEqual([]);
    for (const column of ['subtotal', 'tax', 'line_total']) {
      expect((await refusal(`update order_items set ${column} = 1`)).code).toBe('428C9');
    }
  });

  test('have a reason only when they are cancelled', async () => {
    expect(await refusal(`update orders set cancel_reason = 'mice' where status = 'PENDING'`)).toEqual({
      code: checkViolation,
      constraint: 'orders_cancel_reason_check',
    });
  });
});

describe('stock levels', () => {
  const level = `(select id from stock_levels where store_id is null limit 1)`;

  test.each([
    ['fewer pieces than none on hand', `on_hand = -1`],
    ['fewer pieces than none reserved', `reserved = -1`],
    ['more pieces reserved than on hand', `reserved = on_hand + 1`],
  ])('with %s are refused', async (_case, change) => {
    expect(await refusal(`update stock_levels set ${change} where id = ${level}`)).toEqual({
      code: checkViolation,
      constraint: 'stock_levels_reserved_check',
    });
  });

  test.each(['is null', 'is not null'])('of one product stand once in a place whose store %s', async condition => {
    expect(
      await refusal(
        `insert into stock_levels (id, product_id, store_id, on_hand)
         select $1, product_id, store_id, 1 from stock_levels where store_id ${condition} limit 1`,
        [newId()],
      ),
    ).toEqual({ code: uniqueViolation, constraint: 'stock_levels_place_unique' });
  });
});

describe('tasks', () => {
  test.each([
    ['a blank title', `title = ' '`, 'tasks_title_check'],
    ['an unknown state', `state = 'LOST', completed_at = null`, 'tasks_state_check'],
    ['a time of completion while they are open', `state = 'OPEN', completed_at = now()`, 'tasks_completed_check'],
    [
      'no time of completion when they are completed',
      `state = 'COMPLETED', completed_at = null`,
      'tasks_completed_check',
    ],
    [
      'somebody who completed them while they are open',
      `state = 'OPEN', completed_at = null, completed_by_id = (select id from users limit 1)`,
      'tasks_completed_by_check',
    ],
    ['21 tags', `tags = array_fill('x'::text, array[21])`, 'tasks_tags_check'],
  ])('with %s are refused', async (_case, changes, constraint) => {
    expect(await refusal(`update tasks set ${changes}`)).toEqual({ code: checkViolation, constraint });
  });

  test('with an unknown priority are refused, since it has no place among the others', async () => {
    expect((await refusal(`update tasks set priority = 'WHENEVER'`)).code).toBe(notNullViolation);
  });
});

describe('histories', () => {
  test('have one entry for each version of an object', async () => {
    const insert = `insert into history (id, subject_type, subject, version, actor, action, changes)
      values ($1, 'ORDER', $2, 1, 'ford', 'UPDATED', '[]')`;
    const subject = newId();
    await database.query(insert, [newId(), subject]);
    expect(await refusal(insert, [newId(), subject])).toEqual({
      code: uniqueViolation,
      constraint: 'history_subject_version_unique',
    });
  });
});
