import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { place, pickedUp, shipped, stockOf } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function makeProduct(sku: string, pieces: number, storeId?: string): Promise<void> {
  await app.change('createProduct', { sku, name: sku, price: '1', currencyCode: 'USD' });
  const { userErrors } = await app.change('adjustStock', { sku, to: pieces, storeId });
  expect(userErrors).toEqual([]);
}

/** The outcomes of placements that are sent at once, counted by their codes. */
async function outcomes(inputs: object[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await Promise.all(
    inputs.map(async input => {
      const { userErrors } = await app.change('placeOrder', input);
      const outcome = userErrors.map(({ code }) => code).join() || 'placed';
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }),
  );
  return counts;
}

describe('Stock', () => {
  test('of ten pieces and a thousand buyers at once leaves ten orders and nothing', async () => {
    await makeProduct('LAST-TEN', 10);
    const input = { ...shipped, items: [{ sku: 'LAST-TEN', quantity: 1 }] };
    expect(await outcomes(Array(1000).fill(input))).toEqual({ placed: 10, INSUFFICIENT_STOCK: 990 });
    expect(await stockOf(app, 'LAST-TEN')).toEqual({ available: 0, onHand: 10, reserved: 10 });
    expect(
      await app.database.query(
        `select count(distinct order_id)::int as orders, sum(quantity)::int as pieces from order_items where product_name = 'LAST-TEN'`,
      ),
    ).toEqual([{ orders: 10, pieces: 10 }]);
  }, 60_000);

  test('of several products that are ordered in different orders at once is sold to the last piece', async () => {
    const skus = ['CIRCLE-A', 'CIRCLE-B', 'CIRCLE-C'];
    for (const sku of skus) {
      await makeProduct(sku, 40, pickedUp.storeId);
    }
    const inputs = Array.from({ length: 60 }, (_, index) => {
      const turned = skus.map((_sku, place) => skus[(place + index) % skus.length]!);
      return { ...pickedUp, items: (index % 2 ? turned : turned.reverse()).map(sku => ({ sku, quantity: 1 })) };
    });
    const { placed, ...others } = await outcomes(inputs);
    expect(placed).toBe(40);
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(Object.keys(others).join()).toMatch(/^(INSUFFICIENT_STOCK,?)+$/);
    for (const sku of skus) {
      expect(await stockOf(app, sku, 'Milliways')).toEqual({ available: 0, onHand: 40, reserved: 40 });
    }
  });

  test('that is cancelled and ordered at once is never more or less than there is', async () => {
    await makeProduct('TURNING', 5);
    const input = { ...shipped, items: [{ sku: 'TURNING', quantity: 1 }] };
    let standing = (await Promise.all(Array.from({ length: 5 }, () => place(app, input)))).map(
      ({ id }) => id as string,
    );
    for (let round = 0; round < 4; round += 1) {
      const [cancelled, placed] = await Promise.all([
        Promise.all(standing.slice(0, 3).map(id => app.change('cancelOrder', { id, reason: 'round' }))),
        Promise.all(Array.from({ length: 10 }, () => app.change('placeOrder', input, 'order { id }'))),
      ]);
      expect(cancelled.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      standing = [...standing.slice(3), ...placed.flatMap(({ order }) => (order ? [order.id as string] : []))];
      const stock = await stockOf(app, 'TURNING');
      expect(stock).toEqual({ available: 5 - standing.length, onHand: 5, reserved: standing.length });
      while (standing.length < 5) {
        standing.push((await place(app, input)).id);
      }
    }
  });

  test('cannot be adjusted below what is reserved, even at once with a placement', async () => {
    await makeProduct('SHRINKING', 10);
    const input = { ...shipped, items: [{ sku: 'SHRINKING', quantity: 1 }] };
    await Promise.all([
      outcomes(Array(10).fill(input)),
      ...Array.from({ length: 10 }, () => app.change('adjustStock', { sku: 'SHRINKING', by: -1 })),
    ]);
    const { available, onHand, reserved } = await stockOf(app, 'SHRINKING');
    expect(available).toBe(0);
    expect(onHand).toBe(reserved);
  });
});
