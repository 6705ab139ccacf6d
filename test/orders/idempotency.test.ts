import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { cottage, countRows, place, shipped } from './order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ settings: { IDEMPOTENCY_KEY_HOURS: '2' } });
});
afterAll(() => app.close());

let number = 0;
const newKey = () => `key-${(number += 1)}`;

describe('An idempotency key', () => {
  test('gives the first order again, and writes nothing', async () => {
    const idempotencyKey = newKey();
    const first = await place(app, { idempotencyKey }, 'id total { amount }');
    const before = await countRows(app);
    expect(await place(app, { idempotencyKey }, 'id total { amount }')).toEqual(first);
    expect(await place(app, { idempotencyKey }, 'id total { amount }')).toEqual(first);
    expect(await countRows(app)).toEqual(before);
  });

  test('gives one order to all who send it at once', async () => {
    const idempotencyKey = newKey();
    const before = await countRows(app);
    const orders = await Promise.all(Array.from({ length: 40 }, () => place(app, { idempotencyKey })));
    expect(new Set(orders.map(({ id }) => id)).size).toBe(1);
    const after = await countRows(app);
    expect(after['orders']! - before['orders']!).toBe(1);
    expect(after['reserved']! - before['reserved']!).toBe(2);
  });

  test('gives the order even when it could not be placed any more', async () => {
    const idempotencyKey = newKey();
    await app.change('createProduct', { sku: 'LAST', name: 'The last one', price: '1', currencyCode: 'USD' });
    await app.change('adjustStock', { sku: 'LAST', to: 1 });
    const items = [{ sku: 'LAST', quantity: 1 }];
    const first = await place(app, { idempotencyKey, items });
    expect(await place(app, { idempotencyKey, items })).toEqual(first);
    const { userErrors } = await app.change('placeOrder', { ...shipped, idempotencyKey: newKey(), items });
    expect(userErrors).toMatchObject([{ code: 'INSUFFICIENT_STOCK' }]);
  });

  test.each([
    ['items', { items: [{ sku: 'TOWEL-BEACH', quantity: 3 }] }],
    ['an address', { billingAddress: { addressId: cottage.replace('1', '2') } }],
    ['a customer', { customer: { contact: { email: 'x@y.example', firstName: 'X' } } }],
  ])('is refused with another input: %s', async (_what, changes) => {
    const idempotencyKey = newKey();
    await place(app, { idempotencyKey });
    const before = await countRows(app);
    const { order, userErrors } = await app.change(
      'placeOrder',
      { ...shipped, idempotencyKey, ...changes },
      'order { id }',
    );
    expect(order).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED', field: 'idempotencyKey' }]);
    expect(await countRows(app)).toEqual(before);
  });

  test('is refused to all but one of those who send different inputs at once', async () => {
    const idempotencyKey = newKey();
    const payloads = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        app.change('placeOrder', { ...shipped, idempotencyKey, items: [{ sku: 'TOWEL-BEACH', quantity: index + 1 }] }),
      ),
    );
    const codes = payloads.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(codes).toEqual(Array(9).fill('IDEMPOTENCY_KEY_REUSED'));
  });

  test('of a placement that was refused is free for one that is mended', async () => {
    const idempotencyKey = newKey();
    const wrong = { ...shipped, idempotencyKey, items: [{ sku: 'TOWEL-BATH', quantity: 1 }] };
    expect((await app.change('placeOrder', wrong)).userErrors).toMatchObject([{ code: 'UNKNOWN_PRODUCT' }]);
    expect(await place(app, { idempotencyKey })).toEqual({ id: expect.any(String) });
  });

  test('holds for the time of the setting, is free after it, and is removed some time later', async () => {
    const idempotencyKey = newKey();
    const first = await place(app, { idempotencyKey });
    const [kept] = await app.database.query<{ hours: number }>(
      `select extract(epoch from expires_at - now()) / 3600 as hours from idempotency_keys where key = $1`,
      [idempotencyKey],
    );
    expect(Number(kept!.hours)).toBeCloseTo(2, 1);
    await app.database.query(`update idempotency_keys set expires_at = now()`);
    const second = await place(app, { idempotencyKey });
    expect(second.id).not.toBe(first.id);
    await place(app, { idempotencyKey: newKey() });
    const keys = () => app.database.query(`select from idempotency_keys where expires_at <= now()`);
    for (let left = await keys(); left.length > 0; left = await keys()) {
      await place(app, { idempotencyKey: newKey() });
      expect((await keys()).length).toBeLessThan(left.length);
    }
    expect(await place(app, { idempotencyKey })).toEqual(second);
  });
});
