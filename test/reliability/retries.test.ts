import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countRows, place, shipped, stockOf } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { connected } from '../support/server.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Lets the next writes to a table fail as PostgreSQL would let them fail. */
async function failing(table: string, times: number, code: string): Promise<() => Promise<void>> {
  // A sequence counts, since it forgets nothing when a transaction is rolled back.
  await app.database.query(`
    create sequence failures;
    create function fail() returns trigger language plpgsql as $$
    begin
      if nextval('failures') <= ${times} then
        raise exception 'could not serialize access' using errcode = '${code}';
      end if;
      return new;
    end $$;
    create trigger fail before insert on ${table} for each row execute function fail();`);
  return async () => {
    await app.database.query(`drop trigger fail on ${table}; drop function fail(); drop sequence failures;`);
  };
}

describe('A placement that loses to another transaction', () => {
  test.each([
    ['a serialisation failure', '40001'],
    ['a deadlock', '40P01'],
  ])('by %s is tried again, and its caller sees one order', async (_what, code) => {
    const mend = await failing('orders', 3, code);
    const before = await countRows(app);
    try {
      const { order, userErrors } = await app.change('placeOrder', shipped, 'order { status }');
      expect(userErrors).toEqual([]);
      expect(order).toEqual({ status: 'PENDING' });
    } finally {
      await mend();
    }
    const after = await countRows(app);
    expect(after).toEqual({
      ...before,
      orders: before['orders']! + 1,
      items: before['items']! + 1,
      addresses: before['addresses']! + 1,
      history: before['history']! + 1,
      reserved: before['reserved']! + 2,
    });
  });

  test('again and again is given up in the end, with an error that tells nothing of the inside and nothing written', async () => {
    const mend = await failing('orders', 1000, '40001');
    const before = await countRows(app);
    try {
      const { errors } = await app.send(
        'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }',
        {
          input: shipped,
        },
      );
      expect(errors![0]!.extensions.code).toBe('TRY_AGAIN');
      expect(errors![0]!.message).not.toMatch(/serialize/);
    } finally {
      await mend();
    }
    expect(await countRows(app)).toEqual(before);
  });

  test('is not tried again for another fault', async () => {
    const mend = await failing('orders', 1, '53200');
    try {
      const { errors } = await app.send(
        'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }',
        {
          input: shipped,
        },
      );
      expect(errors).toHaveLength(1);
    } finally {
      await mend();
    }
  });

  test('in a real deadlock is tried again', async () => {
    await app.change('createProduct', { sku: 'DEAD', name: 'Dead', price: '1', currencyCode: 'USD' });
    await app.change('adjustStock', { sku: 'DEAD', to: 5 });
    const { id } = await place(app, { items: [{ sku: 'DEAD', quantity: 1 }] });
    const key = id.slice('Order_'.length) as string;
    await connected(app.database.url, async other => {
      // PostgreSQL ends the one who notices first; this one waits longer than the API does.
      await other.query(`set deadlock_timeout = '1min'; begin`);
      await other.query(
        `update stock_levels set version = version where product_id = (select id from products where sku = 'DEAD')`,
      );
      // It locks the order, then waits for the stock.
      const cancelled = app.change('cancelOrder', { id, reason: 'deadlock' }, 'order { status }');
      await other.query(`select pg_sleep(0)`);
      for (let waiting = 0; waiting === 0;) {
        const { rowCount } = await other.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        waiting = rowCount ?? 0;
      }
      // And now this one waits for the order.
      await other.query(`select from orders where id = $1 for update`, [key]);
      await other.query('rollback');
      expect(await cancelled).toMatchObject({ order: { status: 'CANCELLED' }, userErrors: [] });
    });
    expect(await stockOf(app, 'DEAD')).toEqual({ available: 5, onHand: 5, reserved: 0 });
    const deadlocks = await app.database.query<{ count: string }>(
      `select deadlocks as count from pg_stat_database where datname = current_database()`,
    );
    expect(Number(deadlocks[0]!.count)).toBeGreaterThan(0);
  });
});

describe('Two who make the same customer at once', () => {
  test('get one customer by a placement', async () => {
    const contact = { email: 'eddie@shipboard.example', firstName: 'Eddie' };
    const newAddress = { line1: 'Heart of Gold', city: 'Space', zipCode: '42', countryCode: 'GB' };
    const input = { customer: { contact }, billingAddress: { newAddress }, shipments: [{ newAddress }] };
    const orders = await Promise.all(
      Array.from({ length: 10 }, () => place(app, input, 'customer { id addresses { id } }')),
    );
    expect(new Set(orders.map(({ customer }) => customer.id)).size).toBe(1);
    expect(orders[0].customer.addresses).toHaveLength(1);
  });

  test('are told that the contact is taken, but for one', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        app.change('createCustomer', { email: 'marvin2@sirius.example', firstName: `Marvin ${index}` }),
      ),
    );
    const codes = payloads.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(codes).toEqual(Array(9).fill('CONTACT_TAKEN'));
  });
});

describe('A server whose connections were all ended', () => {
  test('gives each of them back, and goes on', async () => {
    const waiting = await connected(app.database.url, async other => {
      await other.query('begin; lock table orders');
      const placements = Array.from({ length: 15 }, () =>
        app.send('mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }', {
          input: shipped,
        }),
      );
      for (let held = 0; held < 10;) {
        const { rowCount } = await other.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        held = rowCount ?? 0;
      }
      await other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      return placements;
    });
    const answers = await Promise.all(waiting);
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'placed');
    expect(codes.filter(code => code === 'DATABASE_UNAVAILABLE')).toHaveLength(10);
    expect(codes.filter(code => code === 'placed')).toHaveLength(5);
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 10 }, () => place(app)));
    }
  });
});
