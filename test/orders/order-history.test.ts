import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderId } from '../../seeders/sample-data.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { arthur, cottage, flat, place, shipped } from './order-fixtures.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const everything = `id status version cancelReason placedAt customer { id } billingAddress { id } shippingAddresses { id }
  shipments { address { id } items { quantity item { id } } }
  items { id lineNumber productName quantity taxRate product { sku } unitPrice { amount } subtotal { amount } tax { amount } lineTotal { amount } order { id } }
  subtotal { amount } tax { amount } total { amount }`;

/** An order as it is, or as it was. */
async function read(id: string, asOf?: string) {
  const query = `query ($id: ID!, $asOf: DateTime) { order(id: $id, asOf: $asOf) { ${everything} } }`;
  return (await app.ask(query, { id, asOf })).order;
}

async function historyOf(id: string) {
  const query = `query ($id: ID!) { order(id: $id) { history(first: 100, direction: ASC) { nodes {
    version at actor action changes { field before after } } } } }`;
  return (await app.ask(query, { id })).order.history.nodes;
}

describe('The history of an order', () => {
  test('tells who changed what, when and how, and which version it made', async () => {
    const { id } = await place(app);
    await (await app.named('Trillian')).change('startOrder', { id });
    await (await app.named('Zaphod')).change('cancelOrder', { id, reason: 'mice' });
    const [placed, ...others] = await historyOf(id);
    expect(placed).toMatchObject({ version: 1, action: 'PLACED', actor: 'Zaphod Beeblebrox' });
    expect(placed.changes).toContainEqual({ field: 'customer', before: null, after: arthur });
    expect(placed.changes).toContainEqual({ field: 'shippingAddresses', before: null, after: [cottage] });
    const at = expect.stringMatching(/Z$/);
    expect(others).toEqual([
      {
        version: 2,
        action: 'STARTED',
        actor: 'Trillian',
        at,
        changes: [{ field: 'status', before: 'PENDING', after: 'IN_PROGRESS' }],
      },
      {
        version: 3,
        action: 'CANCELLED',
        actor: 'Zaphod',
        at,
        changes: [
          { field: 'status', before: 'IN_PROGRESS', after: 'CANCELLED' },
          { field: 'cancelReason', before: null, after: 'mice' },
        ],
      },
    ]);
  });

  test('has nothing of what was refused', async () => {
    const { id } = await place(app);
    await app.change('completeOrder', { id });
    await app.change('cancelOrder', { id, reason: ' ' });
    expect(await historyOf(id)).toHaveLength(1);
  });
});

describe('An order as of a time', () => {
  test('is what it was after each of its changes', async () => {
    const { product } = await app.change(
      'createProduct',
      { sku: 'PAST', name: 'Past', price: '3.333', currencyCode: 'USD', taxRate: '7' },
      'product { id }',
    );
    await app.change('adjustStock', { sku: 'PAST', to: 100 });
    const { id } = await place(app, {
      items: [...shipped.items, { sku: 'PAST', quantity: 7 }],
      shipments: [{ addressId: flat, items: [{ sku: 'PAST', quantity: 2 }] }, { addressId: cottage }],
    });
    const seen = [await read(id)];
    const note = async (mutation: string, input: object) => {
      // So that no two changes fall into one millisecond.
      await new Promise(resolve => setTimeout(resolve, 2));
      expect((await app.change(mutation, { id, ...input })).userErrors).toEqual([]);
      seen.push(await read(id));
    };
    const past = (quantity: number) => [{ sku: 'PAST', quantity }];
    await note('changeOrderItems', {
      items: past(5),
      shipments: [{ addressId: flat, items: past(1) }, { addressId: cottage }],
    });
    await app.change('updateProduct', { id: product.id, price: '100' });
    await note('changeOrderItems', {
      items: [...past(9), { sku: 'FISH-BABEL', quantity: 1 }],
      shipments: [{ addressId: flat, items: past(1) }, { addressId: cottage }],
    });
    await note('startOrder', {});
    await note('cancelOrder', { reason: 'mice' });
    const history = await historyOf(id);
    expect(history).toHaveLength(5);
    for (const [index, { at }] of history.entries()) {
      expect(await read(id, at)).toEqual(seen[index]);
    }
    // Between the moment of its placing and the entry that tells of it, it is there as well.
    expect(await read(id, seen[0].placedAt)).toEqual(seen[0]);
    expect(await read(id, '2100-01-01T00:00:00Z')).toEqual(seen.at(-1));
  });

  test('is null before it was placed, and what it is when nothing was changed since', async () => {
    const id = `Order_${orderId(1)}`;
    expect(await read(id, '2025-01-07T09:14:59.999Z')).toBeNull();
    expect(await read(id, '2025-01-07T09:15:00Z')).toEqual(await read(id));
    expect(await read('Order_00000000-0000-7000-8000-000000000000', '2025-01-07T09:15:00Z')).toBeNull();
  });
});
