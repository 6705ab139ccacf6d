import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import { startApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { arthur, place } from './orders/order-fixtures.js';
import { startTestApp, type TestApp } from './support/app.js';
import { connected } from './support/server.js';

// Tests look into payloads of any shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Payload = any;

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  payload: Payload;
}

/** A receiver of webhooks. */
class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();
  /** What it answers, by the number of the request; 200 without. */
  answer: (payload: Payload, number: number) => number | 'nothing' = () => 200;

  private constructor() {
    const listener: RequestListener = (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const payload = JSON.parse(body);
        const status = this.answer(payload, this.received.length);
        this.received.push({ headers: request.headers, body, payload });
        this.#waiting.forEach(check => check());
        if (status !== 'nothing') {
          response.writeHead(status, { location: '/elsewhere' }).end('secret words of the receiver');
        }
      });
    };
    this.#server = createServer(listener);
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await once(receiver.#server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?token=42`;
  }

  /** Waits until it received what fits. */
  sees(fits: (all: Received[]) => boolean): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        if (fits(this.received)) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

let app: TestApp;
let receiver: Receiver;
beforeEach(async () => {
  [app, receiver] = await Promise.all([
    startTestApp({ settings: { WEBHOOK_RETRY_DELAY: '20', WEBHOOK_ATTEMPTS: '3' } }),
    Receiver.open(),
  ]);
});
afterEach(async () => {
  receiver.close();
  await app.close();
});

async function createWebhook(eventTypes: string[] = [], url = receiver.url): Promise<{ id: string; secret: string }> {
  const { webhook, secret, userErrors } = await app.change(
    'createWebhook',
    { url, eventTypes },
    'webhook { id } secret',
  );
  expect(userErrors).toEqual([]);
  return { id: webhook.id, secret };
}

const deliveryFields = 'id state attempts lastError deliveredAt eventType subjectId event { version action }';

async function deliveriesOf(id: string): Promise<Payload[]> {
  const query = `query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 100) { nodes { ${deliveryFields} } } } } }`;
  return (await app.ask(query, { id })).node.deliveries.nodes;
}

/** Waits until deliveries of a webhook have all come to an end, and gives them, oldest first. */
async function settled(id: string): Promise<Payload[]> {
  for (;;) {
    const deliveries = await deliveriesOf(id);
    if (deliveries.every(({ state }) => state !== 'PENDING')) {
      return deliveries.reverse();
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

describe('A webhook', () => {
  test('gets an event for each change, signed so that the receiver can verify it', async () => {
    const { id, secret } = await createWebhook();
    expect(secret).toMatch(/^whsec_/);
    const order = await place(app);
    await app.change('startOrder', { id: order.id });
    await receiver.sees(all => all.length === 2);
    const [placed, started] = receiver.received;
    const verified = new Verifier(secret).verify(placed!.body, placed!.headers as Record<string, string>);
    expect(verified).toEqual(placed!.payload);
    expect(() => new Verifier(secret).verify(`${placed!.body} `, placed!.headers as Record<string, string>)).toThrow();
    expect(placed!.payload).toMatchObject({
      id: expect.stringMatching(/^HistoryEntry_/),
      type: 'order.placed',
      occurredAt: expect.stringMatching(/Z$/),
      subject: { type: 'Order', id: order.id },
      version: 1,
      actor: 'Zaphod Beeblebrox',
      changes: expect.arrayContaining([{ field: 'customer', before: null, after: arthur }]),
    });
    expect(started!.payload).toMatchObject({
      type: 'order.started',
      changes: [{ field: 'status', before: 'PENDING', after: 'IN_PROGRESS' }],
    });
    expect(await settled(id)).toMatchObject([
      { state: 'DELIVERED', attempts: 1, lastError: null, eventType: 'order.placed', subjectId: order.id },
      { state: 'DELIVERED', attempts: 1, lastError: null, eventType: 'order.started', subjectId: order.id },
    ]);
  });

  test('gets no personal values of customers, which could not be erased there', async () => {
    await createWebhook(['customer.created']);
    await app.change('createCustomer', { email: 'secret@person.example', firstName: 'Secret' });
    await receiver.sees(all => all.length === 1);
    expect(receiver.received[0]!.body).not.toMatch(/secret/i);
    expect(receiver.received[0]!.payload).toMatchObject({
      type: 'customer.created',
      changedFields: ['email', 'firstName', 'lastName'],
    });
  });

  test('gets no text of tasks, which may name anybody, and hears of each thing that is done to them', async () => {
    const done = ['created', 'updated', 'assigned', 'completed', 'reopened', 'deleted'].map(what => `task.${what}`);
    await createWebhook(done);
    const { task } = await app.change('createTask', { title: 'Secret', tags: ['secret'] }, 'task { id }');
    const [user] = await app.database.query<{ id: string }>('select id from users limit 1');
    const { id } = task;
    await app.change('updateTask', { id, text: 'More secrets' });
    await app.change('assignTask', { id, assigneeId: `User_${user!.id}` });
    for (const mutation of ['completeTask', 'reopenTask', 'deleteTask']) {
      await app.change(mutation, { id });
    }
    await receiver.sees(all => all.length === done.length);
    expect(receiver.received.map(({ payload }) => payload.type)).toEqual(done);
    expect(receiver.received.map(({ body }) => body).join()).not.toMatch(/secret/i);
    expect(receiver.received[1]!.payload).toMatchObject({ subject: { type: 'Task', id }, changedFields: ['text'] });
  });

  test('gets the types of events that it wants alone, and none of what was refused', async () => {
    await createWebhook(['order.cancelled']);
    const { id } = await place(app);
    await app.change('completeOrder', { id });
    await app.change('cancelOrder', { id, reason: 'mice' });
    await receiver.sees(all => all.length > 0);
    expect(receiver.received.map(({ payload }) => payload.type)).toEqual(['order.cancelled']);
  });

  test('gets the events of one object in their order, whatever fails, and those of others meanwhile', async () => {
    const { id } = await createWebhook(['order.placed', 'order.started', 'order.cancelled']);
    const failed = new Set<string>();
    // The first attempt for each event of the first order fails.
    const { id: first } = await place(app);
    receiver.answer = ({ id: event, subject }) => {
      const isNew = !failed.has(event);
      failed.add(event);
      return isNew && subject.id === first ? 500 : 200;
    };
    await app.change('startOrder', { id: first });
    await app.change('cancelOrder', { id: first, reason: 'mice' });
    const { id: second } = await place(app);
    await receiver.sees(all => all.some(({ payload }) => payload.type === 'order.cancelled' && failed.size === 4));
    const deliveries = await settled(id);
    expect(deliveries.map(({ state }) => state)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED', 'DELIVERED']);
    const versions = receiver.received
      .filter(({ payload }) => payload.subject.id === first)
      .map(({ payload }) => payload.version as number);
    expect(versions).toEqual([...versions].sort());
    expect(new Set(versions)).toEqual(new Set([1, 2, 3]));
    expect(receiver.received.some(({ payload }) => payload.subject.id === second)).toBe(true);
  });

  test('that never takes an event leaves a dead letter, which can be replayed', async () => {
    const { id } = await createWebhook(['order.placed']);
    receiver.answer = () => 503;
    const [one, two] = [await place(app), await place(app)];
    const dead = await settled(id);
    expect(dead).toMatchObject([
      { state: 'DEAD', attempts: 3, lastError: 'The receiver answered with status 503.', subjectId: one.id },
      { state: 'DEAD', attempts: 3, subjectId: two.id },
    ]);
    receiver.answer = () => 200;
    const replayed = await app.change('replayWebhookDelivery', { id: dead[0].id }, 'delivery { id }');
    expect(replayed).toMatchObject({ delivery: { id: dead[0].id }, userErrors: [] });
    // Its attempts begin anew.
    expect((await settled(id)).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DELIVERED', 1],
      ['DEAD', 3],
    ]);
    const rest = await app.change('replayDeadWebhookDeliveries', { webhookId: id }, 'count webhook { id }');
    expect(rest).toMatchObject({ count: 1, webhook: { id }, userErrors: [] });
    expect((await settled(id)).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DELIVERED', 1],
      ['DELIVERED', 1],
    ]);
  });

  test('is not followed to another URL, and nothing of its words is kept', async () => {
    const { id } = await createWebhook(['order.placed']);
    receiver.answer = () => 307;
    await place(app);
    const [delivery] = await settled(id);
    expect(delivery).toMatchObject({ state: 'DEAD', lastError: 'The receiver answered with status 307.' });
  });

  test('that nobody listens at is tried again, with the reason', async () => {
    const closed = await Receiver.open();
    const { id } = await createWebhook(['order.placed'], closed.url);
    closed.close();
    await place(app);
    const [delivery] = await settled(id);
    expect(delivery).toMatchObject({ state: 'DEAD', attempts: 3, lastError: expect.stringMatching(/ECONNREFUSED/) });
  });

  test('that is disabled gets what waited once it is active again, and is told nothing of what came between', async () => {
    const { id } = await createWebhook(['order.placed']);
    await app.change('updateWebhook', { id, state: 'DISABLED' });
    await place(app);
    const { webhook } = await app.change('updateWebhook', { id, state: 'ACTIVE' }, 'webhook { state }');
    expect(webhook).toEqual({ state: 'ACTIVE' });
    const order = await place(app);
    await receiver.sees(all => all.length > 0);
    expect(receiver.received.map(({ payload }) => payload.subject.id)).toEqual([order.id]);
  });

  test('that is deleted gets nothing more, and is gone with its deliveries', async () => {
    const { id } = await createWebhook();
    await place(app);
    await receiver.sees(all => all.length === 1);
    await settled(id);
    expect((await app.change('deleteWebhook', { id }, 'deleted')).deleted).toBe(true);
    await place(app);
    expect(await app.ask('{ webhooks { totalCount } }')).toEqual({ webhooks: { totalCount: 0 } });
    expect(await app.database.query('select from webhook_deliveries')).toEqual([]);
  });

  test('gets each event from two servers on one database, and none twice as long as nothing fails', async () => {
    const config = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: app.database.url, WEBHOOK_RETRY_DELAY: '20' };
    const second = await startApp(loadConfig(config), app.database.url);
    const { id } = await createWebhook(['order.placed', 'order.started']);
    const orders = await Promise.all(Array.from({ length: 30 }, () => place(app)));
    await Promise.all(orders.map(order => app.change('startOrder', { id: order.id })));
    const deliveries = await settled(id);
    expect(deliveries).toHaveLength(60);
    expect(deliveries.every(({ state }) => state === 'DELIVERED')).toBe(true);
    const told = receiver.received.map(({ payload }) => `${payload.subject.id} ${payload.version}`);
    expect(told).toHaveLength(60);
    expect(new Set(told).size).toBe(60);
    for (const order of orders) {
      expect(told.indexOf(`${order.id} 1`)).toBeLessThan(told.indexOf(`${order.id} 2`));
    }
    await second.close();
  });

  test('gets what a server that died had begun, once its time is over', async () => {
    const { id } = await createWebhook(['order.placed']);
    await app.database.query(`alter table webhooks disable trigger all`);
    receiver.answer = () => 'nothing';
    await place(app);
    await receiver.sees(all => all.length === 1);
    // As if the one who has it were gone, and its time over.
    receiver.answer = () => 200;
    const other = await startApp(
      loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: app.database.url }),
      app.database.url,
    );
    await app.database.query('update webhook_deliveries set next_attempt_at = now()');
    const [delivery] = await settled(id);
    expect(delivery).toMatchObject({ state: 'DELIVERED', attempts: 2 });
    expect(receiver.received).toHaveLength(2);
    await other.close();
  });
});

describe('A receiver', () => {
  test('that hangs holds up nobody else', async () => {
    const hanging = await Receiver.open();
    hanging.answer = () => 'nothing';
    const { id } = await createWebhook(['order.placed'], hanging.url);
    // More than one process has under way of one webhook.
    await Promise.all(Array.from({ length: 25 }, () => place(app)));
    await hanging.sees(all => all.length > 0);
    const { id: good } = await createWebhook(['order.started']);
    const { id: order } = await place(app);
    await app.change('startOrder', { id: order });
    await receiver.sees(all => all.length === 1);
    expect(await settled(good)).toMatchObject([{ state: 'DELIVERED', attempts: 1 }]);
    // Not one of the other's was given up yet, so this one did not wait for them.
    expect((await deliveriesOf(id)).every(({ lastError }) => lastError === null)).toBe(true);
    hanging.close();
  });

  test('that takes an event and goes on talking without end has taken it', async () => {
    const talking = createServer((request, response) => {
      request.resume();
      const talk = () => {
        while (response.write('x'.repeat(100_000)));
      };
      response.writeHead(200).on('drain', talk);
      talk();
    });
    await once(talking.listen(0, '127.0.0.1'), 'listening');
    const { id } = await createWebhook(['order.placed'], `http://127.0.0.1:${(talking.address() as AddressInfo).port}`);
    await place(app);
    expect(await settled(id)).toMatchObject([{ state: 'DELIVERED', attempts: 1 }]);
    talking.closeAllConnections();
    talking.close();
  });
});

test('A server that ends hands on what its receivers have not answered, as if it had not begun', async () => {
  const own = await startTestApp();
  receiver.answer = () => 'nothing';
  const before = app;
  app = own;
  const { id } = await createWebhook(['order.placed']);
  await place(own);
  await receiver.sees(all => all.length === 1);
  app = before;
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: own.database.url });
  const rows = () =>
    own.database.query('select state, attempts, next_attempt_at <= now() as due from webhook_deliveries');
  expect(id).toMatch(/^Webhook_/);
  await own.end();
  expect(await rows()).toEqual([{ state: 'PENDING', attempts: 0, due: true }]);
  receiver.answer = () => 200;
  const next = await startApp(config, own.database.url);
  await receiver.sees(all => all.length === 2);
  await next.close();
  await own.close();
});

test('A webhook that is deleted while an order is placed stops neither', async () => {
  const { id } = await createWebhook();
  await connected(app.database.url, async deleting => {
    await deleting.query('begin');
    const key = id.replace('Webhook_', '');
    await deleting.query('select from webhooks where id = $1 for update', [key]);
    await deleting.query('delete from webhook_deliveries where webhook_id = $1', [key]);
    await deleting.query('delete from webhooks where id = $1', [key]);
    const placed = place(app);
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await app.database.query(waiting)).length === 0) {
      // Asked again.
    }
    await deleting.query('commit');
    expect(await placed).toMatchObject({ id: expect.stringMatching(/^Order_/) });
  });
  expect(await app.database.query('select from webhook_deliveries')).toEqual([]);
});

describe('A receiver on a private network', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '169.254.169.254', '0.0.0.0'])(
    'is not called at %s where that is forbidden',
    async host => {
      const own = await startTestApp({
        settings: { WEBHOOK_PRIVATE_TARGETS: 'false', WEBHOOK_ATTEMPTS: '1', WEBHOOK_RETRY_DELAY: '1' },
      });
      const before = app;
      app = own;
      try {
        const url = receiver.url.replace('127.0.0.1', host);
        const { id } = await createWebhook(['order.placed'], url);
        await place(own);
        const [delivery] = await settled(id);
        expect(delivery).toMatchObject({ state: 'DEAD', lastError: expect.stringMatching(/not allowed/i) });
        expect(receiver.received).toEqual([]);
      } finally {
        app = before;
        await own.close();
      }
    },
  );
});

describe('A webhook is refused', () => {
  test.each([
    ['at no URL', { url: 'nowhere' }, 'url: INVALID_URL'],
    ['at a file', { url: 'file:///etc/passwd' }, 'url: INVALID_URL'],
    ['with a password in its URL', { url: 'https://ford:towel@shop.example' }, 'url: INVALID_URL'],
    ['at a URL without end', { url: `https://shop.example/${'x'.repeat(2000)}` }, 'url: INVALID_URL'],
    [
      'for events that there are not',
      { eventTypes: ['order.placed', 'order.lost'] },
      'eventTypes.1: UNKNOWN_EVENT_TYPE',
    ],
    [
      'for more types of events than there are',
      { eventTypes: Array<string>(50_000).fill('order.lost') },
      'eventTypes: TOO_MANY',
    ],
  ])('%s, when it is made and when it is changed', async (_what, changes, refusal) => {
    const shown = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
      userErrors.map(({ field, code }) => `${field}: ${code}`);
    expect(shown(await app.change('createWebhook', { url: receiver.url, ...changes }))).toEqual([refusal]);
    const { id } = await createWebhook();
    expect(shown(await app.change('updateWebhook', { id, ...changes }))).toEqual([refusal]);
  });

  test.each([
    ['updateWebhook', { id: 'Webhook_00000000-0000-7000-8000-000000000000' }, 'UNKNOWN_WEBHOOK'],
    ['deleteWebhook', { id: 'Webhook_00000000-0000-7000-8000-000000000000' }, 'UNKNOWN_WEBHOOK'],
    ['replayDeadWebhookDeliveries', { webhookId: 'Webhook_00000000-0000-7000-8000-000000000000' }, 'UNKNOWN_WEBHOOK'],
    ['replayWebhookDelivery', { id: 'WebhookDelivery_00000000-0000-7000-8000-000000000000' }, 'UNKNOWN_DELIVERY'],
  ])('by %s when there is none', async (mutation, input, code) => {
    expect((await app.change(mutation, input)).userErrors).toMatchObject([{ code }]);
  });
});
