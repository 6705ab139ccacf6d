import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderId } from '../../seeders/sample-data.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { cottage, flat, pickedUp, place, stockOf } from './order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const unknown = 'Order_00000000-0000-7000-8000-000000000000';

const change = (mutation: string, input: object) =>
  app.change(mutation, input, 'order { id status version cancelReason items { lineNumber productName quantity } }');

/** An order that has come so far. */
async function orderThatIs(status: string): Promise<string> {
  const { id } = await place(app);
  if (status === 'IN_PROGRESS' || status === 'COMPLETED') {
    await change('startOrder', { id });
  }
  if (status === 'COMPLETED') {
    await change('completeOrder', { id });
  }
  if (status === 'CANCELLED') {
    await change('cancelOrder', { id, reason: 'mice' });
  }
  return id;
}

const towels = [{ sku: 'TOWEL-BEACH', quantity: 1 }];
const steps: Record<string, { to: string; input: object }> = {
  startOrder: { to: 'IN_PROGRESS', input: {} },
  completeOrder: { to: 'COMPLETED', input: {} },
  cancelOrder: { to: 'CANCELLED', input: { reason: 'mice' } },
};
const legal: Record<string, string[]> = {
  PENDING: ['startOrder', 'cancelOrder'],
  IN_PROGRESS: ['completeOrder', 'cancelOrder'],
  COMPLETED: [],
  CANCELLED: [],
};
const everyStep = Object.keys(legal).flatMap(status => Object.keys(steps).map(step => [status, step] as const));

describe('An order', () => {
  test.each(everyStep.filter(([status, step]) => legal[status]!.includes(step)))(
    'that is %s can be changed by %s',
    async (status, step) => {
      const id = await orderThatIs(status);
      const { order, userErrors } = await change(step, { id, ...steps[step]!.input });
      expect(userErrors).toEqual([]);
      expect(order.status).toBe(steps[step]!.to);
    },
  );

  test.each(everyStep.filter(([status, step]) => !legal[status]!.includes(step)))(
    'that is %s cannot be changed by %s, and the refusal names both statuses',
    async (status, step) => {
      const id = await orderThatIs(status);
      const { order, userErrors } = await change(step, { id, ...steps[step]!.input });
      expect(userErrors).toMatchObject([
        { code: 'ILLEGAL_TRANSITION', message: expect.stringMatching(`${status}.*${steps[step]!.to}`) },
      ]);
      expect(order).toMatchObject({ id, status });
    },
  );

  test('that is completed has left its place for good', async () => {
    const before = await stockOf(app, 'TOWEL-BEACH');
    await orderThatIs('COMPLETED');
    const { onHand, reserved } = await stockOf(app, 'TOWEL-BEACH');
    expect({ onHand, reserved }).toEqual({ onHand: before.onHand - 2, reserved: before.reserved });
  });

  test.each(['PENDING', 'IN_PROGRESS'])('that is cancelled while %s gives its pieces back', async status => {
    const before = await stockOf(app, 'TOWEL-BEACH');
    const id = await orderThatIs(status);
    const { order } = await change('cancelOrder', { id, reason: ' The customer found a towel. ' });
    expect(order).toMatchObject({ status: 'CANCELLED', cancelReason: 'The customer found a towel.' });
    expect(await stockOf(app, 'TOWEL-BEACH')).toEqual(before);
  });

  test('that is cancelled in a store gives its pieces back to the store', async () => {
    const before = await stockOf(app, 'TOWEL-BEACH', 'Milliways');
    const { id } = await place(app, pickedUp);
    await change('cancelOrder', { id, reason: 'closed' });
    expect(await stockOf(app, 'TOWEL-BEACH', 'Milliways')).toEqual(before);
  });

  test('of the sample data that is open can be completed and cancelled too', async () => {
    const [pending, inProgress] = [`Order_${orderId(24)}`, `Order_${orderId(22)}`];
    expect((await change('cancelOrder', { id: pending, reason: 'mice' })).userErrors).toEqual([]);
    expect((await change('completeOrder', { id: inProgress })).userErrors).toEqual([]);
  });

  test.each([
    ['a blank reason', ' ', 'REQUIRED'],
    ['a reason without end', 'x'.repeat(10_001), 'TOO_LONG'],
  ])('is not cancelled for %s', async (_what, reason, code) => {
    const { id } = await place(app);
    const { order, userErrors } = await change('cancelOrder', { id, reason });
    expect(userErrors).toMatchObject([{ field: 'reason', code }]);
    expect(order.status).toBe('PENDING');
  });

  test.each(['startOrder', 'completeOrder', 'cancelOrder', 'changeOrderItems'])(
    'that there is not is refused by %s',
    async step => {
      const { order, userErrors } = await change(step, {
        id: unknown,
        ...steps[step]?.input,
        ...(step === 'changeOrderItems' && { items: towels }),
      });
      expect(order).toBeNull();
      expect(userErrors).toMatchObject([{ field: 'id', code: 'UNKNOWN_ORDER' }]);
    },
  );
});

describe('A version', () => {
  test.each(['startOrder', 'cancelOrder', 'changeOrderItems'])(
    'that is no longer the order’s is a conflict for %s, with the version and the order as they are',
    async step => {
      const { id } = await place(app);
      await change('changeOrderItems', { id, expectedVersion: 1, items: [{ sku: 'FISH-BABEL', quantity: 3 }] });
      const input = {
        id,
        expectedVersion: 1,
        ...steps[step]?.input,
        ...(step === 'changeOrderItems' && { items: towels }),
      };
      const { order, userErrors } = await change(step, input);
      expect(userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', field: 'expectedVersion', currentVersion: 2 }]);
      expect(order).toMatchObject({ id, version: 2, status: 'PENDING', items: [{ productName: 'Babel Fish' }] });
    },
  );

  test('grows by one with each change, and stays with a refusal and with a change that changes nothing', async () => {
    const { id } = await place(app);
    const unchanged = await change('changeOrderItems', { id, items: [{ sku: 'TOWEL-BEACH', quantity: 2 }] });
    expect(unchanged.order.version).toBe(1);
    expect((await change('completeOrder', { id })).order.version).toBe(1);
    expect((await change('startOrder', { id, expectedVersion: 1 })).order.version).toBe(2);
    expect((await change('completeOrder', { id, expectedVersion: 2 })).order.version).toBe(3);
  });

  test('lets only one of two who saw the same win', async () => {
    const { id } = await place(app);
    const payloads = await Promise.all([
      change('startOrder', { id, expectedVersion: 1 }),
      change('cancelOrder', { id, expectedVersion: 1, reason: 'mice' }),
    ]);
    const codes = payloads.map(({ userErrors }) => userErrors[0]?.code ?? 'done').sort();
    expect(codes).toEqual(['VERSION_CONFLICT', 'done']);
  });
});

describe('The items of an order', () => {
  const changeItems = (id: string, items: object[], shipments?: object[]) =>
    app.change(
      'changeOrderItems',
      { id, items, shipments },
      `order { version items { lineNumber productName quantity unitPrice { amount } } total { amount }
        shipments { address { id } items { quantity item { productName } } } }`,
    );

  test('become what is given: some go, some stay with their line and price, some come at today’s price', async () => {
    const created = { sku: 'MOVING', name: 'Moving', price: '10', currencyCode: 'USD' };
    const { product } = await app.change('createProduct', created, 'product { id }');
    await app.change('adjustStock', { sku: 'MOVING', to: 10 });
    const { id } = await place(app, {
      items: [
        { sku: 'TOWEL-BEACH', quantity: 2 },
        { sku: 'MOVING', quantity: 1 },
      ],
    });
    await app.change('updateProduct', { id: product.id, price: '11' });
    const before = { towels: await stockOf(app, 'TOWEL-BEACH'), fish: await stockOf(app, 'FISH-BABEL') };
    const { order } = await changeItems(id, [
      { sku: 'FISH-BABEL', quantity: 1 },
      { sku: 'MOVING', quantity: 4 },
    ]);
    expect(order).toMatchObject({
      version: 2,
      items: [
        { lineNumber: 2, productName: 'Moving', quantity: 4, unitPrice: { amount: '10.00' } },
        { lineNumber: 3, productName: 'Babel Fish', quantity: 1, unitPrice: { amount: '42.00' } },
      ],
      total: { amount: '82.00' },
    });
    expect((await stockOf(app, 'TOWEL-BEACH')).reserved).toBe(before.towels.reserved - 2);
    expect((await stockOf(app, 'FISH-BABEL')).reserved).toBe(before.fish.reserved + 1);
    expect(await stockOf(app, 'MOVING')).toEqual({ available: 6, onHand: 10, reserved: 4 });
  });

  test.each(['IN_PROGRESS', 'COMPLETED', 'CANCELLED'])('stay as they are once it is %s', async status => {
    const id = await orderThatIs(status);
    const { userErrors } = await changeItems(id, towels);
    expect(userErrors).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', message: expect.stringMatching(`${status}.*PENDING`) },
    ]);
  });

  test('are refused with all that is wrong, and nothing is changed', async () => {
    const { id } = await place(app);
    const before = await stockOf(app, 'TOWEL-BEACH');
    const { order, userErrors } = await changeItems(id, [
      { sku: 'NOPE', quantity: 1 },
      { sku: 'DOOR-CHEERFUL', quantity: 1 },
      { sku: 'TOWEL-BEACH', quantity: 0 },
    ]);
    expect(userErrors.map(({ code }) => code).sort()).toEqual([
      'INVALID_QUANTITY',
      'PRODUCT_RETIRED',
      'UNKNOWN_PRODUCT',
    ]);
    expect(order.version).toBe(1);
    expect(await stockOf(app, 'TOWEL-BEACH')).toEqual(before);
  });

  test('count what the order holds already when there are too few', async () => {
    const created = { sku: 'RARE', name: 'Rare', price: '1', currencyCode: 'USD' };
    const { product } = await app.change('createProduct', created, 'product { id }');
    await app.change('adjustStock', { sku: 'RARE', to: 5 });
    const { id } = await place(app, { items: [{ sku: 'RARE', quantity: 3 }] });
    const { userErrors } = await changeItems(id, [{ sku: 'RARE', quantity: 6 }]);
    expect(userErrors).toMatchObject([
      {
        code: 'INSUFFICIENT_STOCK',
        field: 'items.0.quantity',
        message: expect.stringMatching('6 .* 5 can be ordered'),
      },
    ]);
    expect((await changeItems(id, [{ sku: 'RARE', quantity: 5 }])).userErrors).toEqual([]);
    await app.change('retireProduct', { id: product.id });
    expect((await changeItems(id, [{ sku: 'RARE', quantity: 4 }])).userErrors).toEqual([]);
    expect((await changeItems(id, [{ sku: 'RARE', quantity: 5 }])).userErrors).toMatchObject([
      { code: 'PRODUCT_RETIRED' },
    ]);
    expect(await stockOf(app, 'RARE')).toEqual({ available: 1, onHand: 5, reserved: 4 });
  });

  test('of an order that is split need a word on which address gets what', async () => {
    const { id } = await place(app, {
      shipments: [{ addressId: flat, items: [{ sku: 'TOWEL-BEACH', quantity: 1 }] }, { addressId: cottage }],
    });
    const wanted = [{ sku: 'FISH-BABEL', quantity: 3 }];
    expect((await changeItems(id, wanted)).userErrors).toMatchObject([
      { code: 'SHIPMENTS_MISMATCH', field: 'shipments' },
    ]);
    const onlyOne = await changeItems(id, wanted, [{ addressId: flat }]);
    expect(onlyOne.userErrors).toMatchObject([{ code: 'SHIPMENTS_MISMATCH', field: 'shipments' }]);
    const fish = (quantity: number) => [{ sku: 'FISH-BABEL', quantity }];
    const { order, userErrors } = await changeItems(id, wanted, [
      { addressId: flat, items: fish(2) },
      { addressId: cottage },
    ]);
    expect(userErrors).toEqual([]);
    expect(order.shipments).toHaveLength(2);
    expect(order.shipments).toContainEqual({
      address: { id: flat },
      items: [{ quantity: 2, item: { productName: 'Babel Fish' } }],
    });
    expect(order.shipments).toContainEqual({
      address: { id: cottage },
      items: [{ quantity: 1, item: { productName: 'Babel Fish' } }],
    });
  });
});
