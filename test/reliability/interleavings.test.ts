import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arthur, cottage } from '../orders/order-fixtures.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** What a client does next; orders are counted round those that stand when its turn comes. */
type Step =
  | { kind: 'place'; items: Items; key: number | undefined }
  | { kind: 'change'; order: number; items: Items; careful: boolean }
  | { kind: 'start' | 'complete' | 'cancel'; order: number; careful: boolean }
  | { kind: 'adjust'; product: number; by: number };

/** Pieces by the number of the product. */
type Items = Record<number, number>;

const products = [0, 1, 2];
const piecesAtFirst = 30;

const items = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...products), fc.integer({ min: 1, max: 4 })), {
    minLength: 1,
    selector: ([product]) => product,
  })
  .map(pairs => Object.fromEntries<number>(pairs));
const order = fc.nat(20);
const careful = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('place' as const), items, key: fc.option(fc.nat(3), { nil: undefined }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), order, items, careful }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('start' as const, 'complete' as const, 'cancel' as const),
      order,
      careful,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adjust' as const),
      product: fc.constantFrom(...products),
      by: fc.integer({ min: -5, max: 5 }),
    }),
  },
);
const clients = fc.array(fc.array(step, { minLength: 1, maxLength: 10 }), { minLength: 2, maxLength: 8 });

/** What the API acknowledged of an order. */
interface Acknowledged {
  /** In whose name it was done, which is told apart from all others: the history says which version it made. */
  actor: string;
  /** The version that its client expected, if it was careful. */
  expected: number | undefined;
  apply: (model: Model) => Model;
}

/** An order as the reference model has it. */
interface Model {
  status: string;
  items: Items;
}

const transitions: Record<string, { mutation: string; from: string[]; to: string; input: object }> = {
  start: { mutation: 'startOrder', from: ['PENDING'], to: 'IN_PROGRESS', input: {} },
  complete: { mutation: 'completeOrder', from: ['IN_PROGRESS'], to: 'COMPLETED', input: {} },
  cancel: { mutation: 'cancelOrder', from: ['PENDING', 'IN_PROGRESS'], to: 'CANCELLED', input: { reason: 'mice' } },
};
const expectedRefusals = ['INSUFFICIENT_STOCK', 'ILLEGAL_TRANSITION', 'VERSION_CONFLICT', 'IDEMPOTENCY_KEY_REUSED'];

let run = 0;

/** A shop of three products of its own, what its clients did to it, and what was acknowledged. */
class Run {
  readonly number = (run += 1);
  readonly orders = new Map<string, Acknowledged[]>();
  readonly versions = new Map<string, number>();
  readonly keys = new Map<string, { id: string; items: Items }[]>();
  #actors = 0;
  readonly onHand = products.map(() => piecesAtFirst);

  sku(product: number): string {
    return `RUN-${this.number}-${product}`;
  }

  async open(): Promise<void> {
    for (const product of products) {
      const sku = this.sku(product);
      await app.change('createProduct', { sku, name: sku, price: '1', currencyCode: 'USD' });
      await app.change('adjustStock', { sku, to: piecesAtFirst });
    }
  }

  async perform(next: Step): Promise<void> {
    if (next.kind === 'adjust') {
      const { userErrors } = await app.change('adjustStock', { sku: this.sku(next.product), by: next.by });
      this.#check(userErrors);
      this.onHand[next.product]! += userErrors.length === 0 ? next.by : 0;
    } else if (next.kind === 'place') {
      await this.#place(next.items, next.key);
    } else {
      const known = [...this.versions.keys()];
      const id = known[next.order % known.length];
      if (id !== undefined) {
        await this.#change(id, next);
      }
    }
  }

  async #place(wanted: Items, key: number | undefined): Promise<void> {
    const idempotencyKey = key === undefined ? undefined : `${this.number}-${key}`;
    const input = {
      idempotencyKey,
      customer: { id: arthur },
      currencyCode: 'USD',
      items: this.#inputOf(wanted),
      fulfilment: 'SHIPPED',
      billingAddress: { addressId: cottage },
      shipments: [{ addressId: cottage }],
    };
    const actor = this.#nextActor();
    const caller = await app.named(actor);
    const { order: placed, userErrors } = await caller.change('placeOrder', input, 'order { id version }');
    this.#check(userErrors);
    if (placed) {
      if (idempotencyKey !== undefined) {
        this.keys.set(idempotencyKey, [...(this.keys.get(idempotencyKey) ?? []), { id: placed.id, items: wanted }]);
      }
      if (!this.orders.has(placed.id)) {
        this.orders.set(placed.id, []);
      }
      this.orders
        .get(placed.id)!
        .push({ actor, expected: undefined, apply: () => ({ status: 'PENDING', items: wanted }) });
      this.versions.set(placed.id, placed.version);
    }
  }

  async #change(id: string, next: Exclude<Step, { kind: 'place' | 'adjust' }>): Promise<void> {
    const before = this.versions.get(id)!;
    const expected = next.careful ? { expectedVersion: before } : {};
    const [mutation, input] =
      next.kind === 'change'
        ? ['changeOrderItems', { items: this.#inputOf(next.items) }]
        : [transitions[next.kind]!.mutation, transitions[next.kind]!.input];
    const actor = this.#nextActor();
    const caller = await app.named(actor);
    const { order: changed, userErrors } = await caller.change(
      mutation,
      { id, ...expected, ...input },
      'order { version }',
    );
    this.#check(userErrors);
    this.versions.set(id, Math.max(changed.version, this.versions.get(id)!));
    if (userErrors.length > 0) {
      return;
    }
    this.orders.get(id)!.push({
      actor,
      expected: next.careful ? before : undefined,
      apply: model => {
        if (next.kind === 'change') {
          expect(model.status).toBe('PENDING');
          return { ...model, items: next.items };
        }
        expect(transitions[next.kind]!.from).toContain(model.status);
        return { ...model, status: transitions[next.kind]!.to };
      },
    });
  }

  #inputOf(wanted: Items): object[] {
    return Object.entries(wanted).map(([product, quantity]) => ({ sku: this.sku(Number(product)), quantity }));
  }

  #check(userErrors: { code: string }[]): void {
    expect(expectedRefusals).toEqual(expect.arrayContaining(userErrors.map(({ code }) => code)));
  }

  #nextActor(): string {
    return `run ${this.number} step ${(this.#actors += 1)}`;
  }

  /** Each order as the model has it: what was acknowledged, in the order of the versions that the history has. */
  async model(): Promise<Map<string, Model>> {
    const entries = await app.database.query<{ actor: string; subject: string; version: number }>(
      `select actor, 'Order_' || subject as subject, version from history where subject_type = 'ORDER' and actor like $1`,
      [`run ${this.number} step %`],
    );
    const versions = new Map(entries.map(({ actor, version }) => [actor, version]));
    // Nothing was done but what was acknowledged.
    const actors = new Set([...this.orders.values()].flat().map(({ actor }) => actor));
    expect(entries.filter(({ actor }) => !actors.has(actor))).toEqual([]);
    return new Map(
      Array.from(this.orders, ([id, acknowledged]) => {
        // What has no entry changed nothing: the same items again, or a placement whose order stood.
        const made = acknowledged.filter(({ actor }) => versions.has(actor));
        for (const { actor, expected } of made) {
          expect(expected ?? versions.get(actor)! - 1).toBe(versions.get(actor)! - 1);
        }
        const inOrder = made.sort((a, b) => versions.get(a.actor)! - versions.get(b.actor)!);
        const start: Model = { status: 'NONE', items: {} };
        return [id, inOrder.reduce((model, { apply }) => apply(model), start)] as const;
      }),
    );
  }

  /** Each order as the database has it. */
  async standing(): Promise<Map<string, Model & { version: number; entries: number }>> {
    const rows = await app.database.query<{
      id: string;
      status: string;
      items: Items;
      version: number;
      entries: number;
    }>(
      `select 'Order_' || o.id as id, o.status, o.version, jsonb_object_agg(split_part(p.sku, '-', 3), i.quantity) as items,
         (select count(*)::int from history h where h.subject = o.id) as entries
       from orders o join order_items i on i.order_id = o.id join products p on p.id = i.product_id
       where p.sku like $1 group by o.id`,
      [this.sku(0).replace(/0$/, '%')],
    );
    return new Map(rows.map(({ id, ...rest }) => [id, rest]));
  }
}

test('Random mutations of many clients at once do what a model says: nothing is lost, doubled or oversold', async () => {
  await fc.assert(
    fc.asyncProperty(clients, async sequences => {
      const shop = new Run();
      await shop.open();
      await Promise.all(
        sequences.map(async steps => {
          for (const next of steps) {
            await shop.perform(next);
          }
        }),
      );
      const model = await shop.model();
      const standing = await shop.standing();
      // Every order that was acknowledged stands as the model says, and no other does.
      expect(
        Object.fromEntries(Array.from(standing, ([id, { status, items: held }]) => [id, { status, items: held }])),
      ).toEqual(Object.fromEntries(model));
      for (const { version, entries } of standing.values()) {
        expect(entries).toBe(version);
      }
      for (const uses of shop.keys.values()) {
        expect(new Set(uses.map(({ id }) => id)).size).toBe(1);
        expect(new Set(uses.map(use => JSON.stringify(use.items))).size).toBe(1);
      }
      for (const product of products) {
        const pieces = (statuses: string[]) =>
          [...model.values()]
            .filter(({ status }) => statuses.includes(status))
            .reduce((sum, { items: held }) => sum + (held[product] ?? 0), 0);
        const [level] = await app.database.query(
          `select on_hand, reserved from stock_levels where product_id = (select id from products where sku = $1)`,
          [shop.sku(product)],
        );
        expect(level).toEqual({
          on_hand: shop.onHand[product]! - pieces(['COMPLETED']),
          reserved: pieces(['PENDING', 'IN_PROGRESS']),
        });
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);
