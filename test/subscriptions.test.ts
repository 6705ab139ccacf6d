import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import { type Client, createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';
import { milliways, pickedUp, place } from './orders/order-fixtures.js';
import { startTestApp, type TestApp } from './support/app.js';
import { connected } from './support/server.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

// Tests look into answers of any shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

interface Subscriber {
  /** The next answer. */
  next(): Promise<Answer>;
  close(): Promise<void>;
}

interface Transport {
  subscribe(query: string, variables?: Record<string, unknown>): Subscriber;
}

/** A subscriber over one of the two transports, as its users have it. */
function transportOf(name: string, { url, headers } = app): Transport {
  return {
    subscribe: (query, variables) => {
      const client =
        name === 'WebSocket'
          ? createSocketClient({
              url: `${url.replace('http', 'ws')}/graphql`,
              webSocketImpl: WebSocket,
              connectionParams: headers,
              retryAttempts: 0,
            })
          : createSseClient({ url: `${url}/graphql/stream`, headers, retryAttempts: 0 });
      const answers = (client as Client).iterate({ query, ...(variables && { variables }) });
      return {
        next: async () => (await answers.next()).value,
        close: async () => {
          await answers.return?.();
          await client.dispose();
        },
      };
    },
  };
}

/** Waits until the database has as many subscribers as there should be: until then events would be told to nobody. */
async function subscribed(subscriber: Subscriber, send: () => Promise<unknown>): Promise<Answer> {
  const answer = subscriber.next();
  let told = false;
  void answer.then(() => (told = true));
  while (!told) {
    await send();
    await Promise.race([answer, new Promise(resolve => setTimeout(resolve, 50))]);
  }
  return answer;
}

/** Writes a change of the oldest order into the history. */
const changeOfAnOrder = (version: number) => `
  insert into history (id, subject_type, subject, version, actor, action, changes)
    select gen_random_uuid(), 'ORDER', id, ${version}, 'ford', 'STARTED', '[]' from orders order by placed_at limit 1`;

/** Waits until a statement waits for a lock. */
async function waitForLock({ database }: TestApp): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await database.query(waiting)).length === 0) {
    // Asked again.
  }
}

const change = 'action version order { id status version total { amount } items { productName } }';

describe.each(['WebSocket', 'SSE'])('A subscription over %s', name => {
  const subscribe = (query: string, variables?: Record<string, unknown>) =>
    transportOf(name).subscribe(query, variables);

  test('tells of each change of an order, and shows the order fresh each time', async () => {
    const { id } = await place(app);
    const other = await place(app);
    const subscriber = subscribe(`subscription ($id: ID) { orderChanged(orderId: $id) { ${change} } }`, { id });
    // The first change is sent until somebody hears of it; the order of the others is that of the changes.
    let quantity = 2;
    const first = await subscribed(subscriber, () => {
      quantity += 1;
      return app.change('changeOrderItems', { id, items: [{ sku: 'TOWEL-BEACH', quantity }] });
    });
    expect(first.data.orderChanged).toMatchObject({ action: 'ITEMS_CHANGED', order: { id, status: 'PENDING' } });
    await app.change('startOrder', { id: other.id });
    await app.change('changeOrderItems', { id, items: [{ sku: 'FISH-BABEL', quantity: 1 }] });
    let next = await subscriber.next();
    while (next.data.orderChanged.order.items[0].productName !== 'Babel Fish') {
      next = await subscriber.next();
    }
    const { version } = next.data.orderChanged;
    await app.change('startOrder', { id });
    await app.change('cancelOrder', { id, reason: 'mice' });
    const started = (await subscriber.next()).data.orderChanged;
    expect(started).toMatchObject({ action: 'STARTED', version: version + 1 });
    const cancelled = (await subscriber.next()).data.orderChanged;
    expect(cancelled).toMatchObject({
      action: 'CANCELLED',
      version: version + 2,
      order: { id, status: 'CANCELLED', version: version + 2, total: { amount: '42.00' } },
    });
    await subscriber.close();
  });

  test('tells of the orders of a store alone', async () => {
    const subscriber = subscribe(
      `subscription ($id: ID) { orderChanged(storeId: $id) { action order { store { name } } } }`,
      {
        id: milliways,
      },
    );
    const answer = await subscribed(subscriber, async () => {
      await place(app);
      await place(app, pickedUp);
    });
    expect(answer.data.orderChanged).toEqual({ action: 'PLACED', order: { store: { name: 'Milliways' } } });
    await subscriber.close();
  });

  test('misses nothing when the connection to the database is lost', async () => {
    const subscriber = subscribe(`subscription { orderChanged { action order { id } } }`);
    await subscribed(subscriber, () => place(app));
    // Within one transaction, so that nothing is told before the connection is gone.
    await app.database.query(`
      do $$ begin
        perform pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query like 'select clock_timestamp%';
        insert into history (id, subject_type, subject, version, actor, action, changes)
          select gen_random_uuid(), 'ORDER', id, 42 + (select count(*) from history), 'ford', 'STARTED', '[]' from orders order by placed_at limit 1;
      end $$`);
    let action = 'PLACED';
    while (action === 'PLACED') {
      ({ action } = (await subscriber.next()).data.orderChanged);
    }
    expect(action).toBe('STARTED');
    // And it is told once: the next one is the next.
    const { id } = await place(app);
    expect((await subscriber.next()).data.orderChanged).toEqual({ action: 'PLACED', order: { id } });
    await subscriber.close();
  });

  test('misses nothing when the database is too slow for a moment to say what happened', async () => {
    const own = await startTestApp({ settings: { DATABASE_STATEMENT_TIMEOUT: '200' } });
    const subscriber = transportOf(name, own).subscribe('subscription { orderChanged { version } }');
    await subscribed(subscriber, () => place(own));
    await connected(own.database.url, writer =>
      connected(own.database.url, async locker => {
        await writer.query('begin');
        await writer.query(changeOfAnOrder(42));
        await locker.query('begin');
        // It has the lock at the moment of the commit, before anybody can read.
        const locked = locker.query('lock table history in access exclusive mode');
        await waitForLock(own);
        await writer.query('commit');
        await locked;
        await new Promise(resolve => setTimeout(resolve, 500));
        await locker.query('commit');
      }),
    );
    let { version } = (await subscriber.next()).data.orderChanged;
    while (version !== 42) {
      ({ version } = (await subscriber.next()).data.orderChanged);
    }
    await subscriber.close();
    await own.close();
  });

  test('tells of nothing that was before, when the connection to the database is lost', async () => {
    const own = await startTestApp();
    const early = transportOf(name, own).subscribe('subscription { orderChanged { version } }');
    await subscribed(early, () => place(own));
    await early.close();
    // Until nobody subscribes any more, it may be told; the last of these is not.
    for (const version of [50, 51, 52]) {
      await own.database.query(changeOfAnOrder(version));
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    const late = transportOf(name, own).subscribe('subscription { orderChanged { version } }');
    await subscribed(late, () => place(own));
    await own.database.query(`select pg_terminate_backend(pid, 10000) from pg_stat_activity
      where datname = current_database() and query like 'select clock_timestamp%'`);
    await own.database.query(changeOfAnOrder(60));
    let [version, seen] = [0, [] as number[]];
    while (version !== 60) {
      ({ version } = (await late.next()).data.orderChanged);
      seen = [...seen, version];
    }
    expect(seen.filter(told => told >= 50)).toEqual([60]);
    await late.close();
    await own.close();
  });

  test.each([
    ['a query', '{ __typename }', {}, 'OPERATION_RESOLUTION_FAILURE'],
    [
      'a mutation',
      'mutation { retireStore(input: { id: "x" }) { userErrors { code } } }',
      {},
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['a field that there is not', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['text that is no query', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an id of another type', `subscription { orderChanged(orderId: "${milliways}") { action } }`, {}, 'INVALID_ID'],
    [
      'a variable with a NUL',
      'subscription ($id: ID) { orderChanged(orderId: $id) { action } }',
      { id: '\0' },
      'INVALID_TEXT',
    ],
    [
      'a selection that costs too much',
      `subscription { orderChanged { order { customer { orders(first: 100) { nodes { customer { orders(first: 100) { nodes {
        customer { orders(first: 100) { nodes { id } } } } } } } } } } } }`,
      {},
      'QUERY_TOO_COSTLY',
    ],
    [
      'a selection that is too deep',
      `subscription { orderChanged { order ${'{ customer { orders { nodes '.repeat(6)} { id } ${'} } }'.repeat(6)} } }`,
      {},
      'QUERY_TOO_DEEP',
    ],
    ['brackets without end', `subscription { orderChanged ${'{a'.repeat(600)}`, {}, 'QUERY_TOO_DEEP'],
  ])('is refused for %s', async (_what, query, variables, code) => {
    const subscriber = subscribe(query, variables);
    const errors = await subscriber.next().then(
      answer => answer?.errors,
      (error: unknown) => error,
    );
    expect(errors).toMatchObject([{ extensions: { code } }]);
    await subscriber.close();
  });

  test('shows nothing of the server when its database fails, and ends', async () => {
    const own = await startTestApp();
    const subscriber = transportOf(name, own).subscribe('subscription { orderChanged { version } }');
    await subscribed(subscriber, () => place(own));
    await own.database.query('alter table orders rename to gone');
    await own.database.query(`insert into history (id, subject_type, subject, version, actor, action, changes)
      select gen_random_uuid(), 'ORDER', id, 42, 'ford', 'STARTED', '[]' from gone limit 1`);
    let answer = await subscriber.next();
    while (answer.data) {
      answer = await subscriber.next();
    }
    expect(answer.errors).toEqual([
      {
        message: expect.stringMatching(/^Something went wrong on the server; its log has more under [0-9a-f-]{36}\.$/),
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
    expect(await subscriber.next()).toBeUndefined();
    await subscriber.close();
    await own.close();
  });

  test('ends when the server does', async () => {
    const own = await startTestApp();
    const subscriber = transportOf(name, own).subscribe('subscription { orderChanged { action } }');
    await subscribed(subscriber, () => place(own));
    const ended = subscriber.next().then(
      () => 'ended',
      () => 'ended',
    );
    await own.close();
    expect(await ended).toBe('ended');
    await subscriber.close().catch(() => {});
  });
});

describe('A subscription by POST to the endpoint', () => {
  test('is refused with a word on where it is answered', async () => {
    const { errors } = await app.send('subscription { orderChanged { action } }');
    expect(errors).toMatchObject([
      {
        extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
        message: expect.stringMatching(/WebSocket.*\/graphql\/stream/),
      },
    ]);
  });
});

describe('A web socket', () => {
  const open = (url: string, origin?: string) =>
    new Promise<string>(resolve => {
      const socket = new WebSocket(url, 'graphql-transport-ws', origin === undefined ? {} : { origin });
      socket.on('open', () => {
        socket.close();
        resolve('open');
      });
      socket.on('error', ({ message }) => resolve(message));
    });

  test('is opened for pages of the origins of the setting, and for programs, and at the endpoint alone', async () => {
    const own = await startTestApp({ settings: { CORS_ORIGINS: 'https://shop.example' } });
    const url = own.url.replace('http', 'ws');
    expect(await open(`${url}/graphql`, 'https://shop.example')).toBe('open');
    expect(await open(`${url}/graphql`)).toBe('open');
    expect(await open(`${url}/graphql`, 'https://evil.example')).toMatch(/403/);
    expect(await open(`${url}/elsewhere`)).toMatch(/403/);
    await own.close();
  });
});

/** Sends bytes as they are, and gives what comes back until the connection ends. */
async function sendRaw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), new URL(url).hostname);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('A request that would upgrade', () => {
  const upgrade = (target: string) =>
    `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

  test.each(['//', '///graphql', 'http://', '*', '/%zz'])('to %s is refused, and the server goes on', async target => {
    expect(await sendRaw(app.url, upgrade(target))).toMatch(/^HTTP\/1.1 40/);
    expect(await app.ask('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  test('to HTTP/2 is answered as it is, since some clients offer that each time', async () => {
    const body = '{"query":"{ __typename }"}';
    const answer = await sendRaw(
      app.url,
      `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(answer).toContain('{"data":{"__typename":"Query"}}');
  });
});

describe('The stream of events', () => {
  test.each([
    ['PUT', 'text/event-stream'],
    ['PUT', '*/*'],
    ['DELETE', '*/*'],
    ['POST', 'application/json'],
  ])('keeps nothing for who sends %s and accepts %s', async (method, accept) => {
    const response = await fetch(`${app.url}/graphql/stream`, {
      method,
      headers: { ...app.headers, accept, 'x-graphql-event-stream-token': 'towel' },
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        errors: [
          { extensions: { code: 'BAD_REQUEST' }, message: expect.stringContaining('Accept: text/event-stream') },
        ],
      },
    ]);
  });

  test('is sent to who accepts more beside it', async () => {
    const response = await fetch(`${app.url}/graphql/stream?query=${encodeURIComponent('{ __typename }')}`, {
      headers: { accept: 'text/event-stream, */*;q=0.1' },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await response.text()).toMatch(/event: next\ndata: .*OPERATION_RESOLUTION_FAILURE/);
  });

  test('that a client does not read holds a bounded number of events, and then ends', async () => {
    const own = await startTestApp();
    // So much an event that the network's buffers are soon full.
    const fields = Array.from({ length: 500 }, (_, index) => `f${index}: at`).join(' ');
    const body = JSON.stringify({ query: `subscription { orderChanged { ${fields} } }` });
    const socket = connect(Number(new URL(own.url).port), new URL(own.url).hostname);
    socket.write(
      `POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${own.headers['authorization']}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, 'data');
    socket.pause();
    // A few at a time, so that a server that took them all off the subscriber's hands would never find it slow.
    for (let version = 1; version < 2000; version += 50) {
      await own.database.query(
        `insert into history (id, subject_type, subject, version, actor, action, changes)
         select gen_random_uuid(), 'ORDER', o.id, $1::int + n, 'ford', 'STARTED', '[]'
         from (select id from orders limit 1) o, generate_series(1, 50) n`,
        [version],
      );
      await new Promise(resolve => setTimeout(resolve, 150));
    }
    let end = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      end = (end + chunk.toString()).slice(-2000);
      if (end.includes('event: complete')) {
        break;
      }
    }
    expect(end).toContain('SUBSCRIBER_TOO_SLOW');
    socket.destroy();
    await own.close();
  }, 90_000);
});

test('A server closes without those of its subscribers who read nothing', async () => {
  const own = await startTestApp();
  const silent = new WebSocket(`${own.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(silent, 'open');
  silent.pause();
  const stream = connect(Number(new URL(own.url).port), new URL(own.url).hostname);
  stream.write(
    `GET /graphql/stream?query=${encodeURIComponent('subscription{orderChanged{version}}')} HTTP/1.1\r\nHost: x\r\nAuthorization: ${own.headers['authorization']}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await once(stream, 'data');
  stream.pause();
  // It ends them, instead of waiting for their goodbye.
  const ended = once(stream.resume(), 'close');
  await own.close();
  await ended;
  silent.terminate();
  stream.destroy();
});
