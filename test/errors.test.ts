import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type App } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { type Answer, signedIn, startTestApp, type TestApp } from './support/app.js';
import { connected, onServer } from './support/server.js';

// Jest runs a test file in a realm of its own, where an error that Node's core made, such as ECONNREFUSED, is no instance
// of Error, and GraphQL would wrap it. Outside of tests there is one realm.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown) {
    return this === Error
      ? types.isNativeError(value)
      : Function.prototype[Symbol.hasInstance].call(this as () => void, value);
  },
});

const leak = /select |relation|\bat \S+ \(|\/src\/|node_modules|postgres|order_items|_away/i;
const unavailable = 'The database cannot be reached at the moment; try again.';
const ask = '{ orders(first: 2) { nodes { id items { quantity } } } }';

/** What the API answers, with the text that it came in. */
async function send({ url, headers }: { url: string; headers: Record<string, string> }, query: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { text, ...(JSON.parse(text) as Pick<Answer, 'data' | 'errors'>) };
}

describe('When the database goes away', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());
  const name = () => new URL(app.database.url).pathname.slice(1);
  // Each waits until the connection has ended, so that the API has been told of it.
  const terminate = (which = 'true') =>
    onServer(client =>
      client.query(`select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and ${which}`, [
        name(),
      ]),
    );

  it('connections that were ended between requests are replaced', async () => {
    for (let round = 0; round < 3; round++) {
      await app.ask(ask);
      await terminate();
      expect((await app.send(ask)).errors?.map(({ extensions }) => extensions.code) ?? []).toEqual([]);
    }
  });

  it('a request whose connection is ended gets DATABASE_UNAVAILABLE, and the next one its answer', async () => {
    await connected(app.database.url, async client => {
      await client.query('begin; lock table orders in access exclusive mode');
      const pending = send(app, ask);
      await waitForLock();
      await terminate(`wait_event_type = 'Lock'`);
      const { errors, text } = await pending;
      expect(errors).toMatchObject([
        { message: unavailable, path: ['orders'], extensions: { code: 'DATABASE_UNAVAILABLE' } },
      ]);
      expect(text).not.toMatch(leak);
      await client.query('rollback');
    });
    expect((await app.send(ask)).errors).toBeUndefined();
  });

  it('a request meets DATABASE_UNAVAILABLE while the database has another name, and its answer after', async () => {
    const [standing, away] = [name(), `${name()}_away`];
    // What listens to the database connects again at once, and a database that somebody is connected to keeps its name.
    await onServer(client => client.query(`alter database ${standing} allow_connections false`));
    await terminate();
    await onServer(client => client.query(`alter database ${standing} rename to ${away}`));
    const { errors, text } = await send(app, ask);
    await onServer(client => client.query(`alter database ${away} rename to ${standing}`));
    await onServer(client => client.query(`alter database ${standing} allow_connections true`));
    expect(errors).toMatchObject([{ message: unavailable, extensions: { code: 'DATABASE_UNAVAILABLE' } }]);
    expect(text).not.toMatch(leak);
    expect((await app.send(ask)).errors).toBeUndefined();
  });

  /** Waits until a request of the API waits for the lock. */
  async function waitForLock(): Promise<void> {
    for (;;) {
      const { rows } = await onServer(client =>
        client.query(`select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`, [name()]),
      );
      if (rows.length > 0) {
        return;
      }
    }
  }
});

describe('When the database’s server cannot be reached', () => {
  let own: TestApp;
  let wire: Wire;
  let app: App & { headers: Record<string, string> };
  beforeAll(async () => {
    own = await startTestApp();
    wire = new Wire(own.database.url);
    await wire.open();
    const settings = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: wire.url, DATABASE_STATEMENT_TIMEOUT: '2000' };
    const started = await startApp(loadConfig(settings), wire.url);
    app = { ...started, ...(await signedIn(started.url)), url: started.url };
  });
  afterAll(async () => {
    await app.close();
    await wire.cut();
    await own.close();
  });

  it('requests meet DATABASE_UNAVAILABLE and health 503, until it can be reached again', async () => {
    expect((await send(app, ask)).errors).toBeUndefined();
    await wire.cut();
    for (let round = 0; round < 3; round++) {
      const { errors, text } = await send(app, ask);
      expect(errors).toMatchObject([{ message: unavailable, extensions: { code: 'DATABASE_UNAVAILABLE' } }]);
      expect(text).not.toMatch(leak);
      expect((await fetch(`${app.url}/health`)).status).toBe(503);
    }
    await wire.open();
    expect((await send(app, ask)).errors).toBeUndefined();
    expect((await fetch(`${app.url}/health`)).status).toBe(200);
  });

  it('requests meet DATABASE_UNAVAILABLE where nothing at all is heard of it, on connections that there are and on new ones', async () => {
    expect((await send(app, ask)).errors).toBeUndefined();
    wire.fallSilent();
    const change = 'mutation { createTask(input: { title: "Find a towel" }) { userErrors { code } } }';
    const asked = Array.from({ length: 12 }, (_, number) => send(app, number % 2 ? ask : change));
    for (const { errors, text } of await Promise.all(asked)) {
      expect(errors).toMatchObject([{ message: unavailable, extensions: { code: 'DATABASE_UNAVAILABLE' } }]);
      expect(text).not.toMatch(leak);
    }
    expect((await fetch(`${app.url}/health`)).status).toBe(503);
    await wire.cut();
    await wire.open();
    expect((await send(app, ask)).errors).toBeUndefined();
  }, 120_000);
});

describe('When something is wrong inside', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    await app.database.query('alter table order_items rename to gone');
  });
  afterAll(() => app.close());

  const reference = /^Something went wrong on the server; its log has more under ([0-9a-f-]{36})\.$/;

  it('the answer has a reference to the log, and nothing of what is wrong', async () => {
    const { errors, text, data } = await send(app, ask);
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(reference),
        path: ['orders'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'INTERNAL_SERVER_ERROR' } })]);
    expect(data).toBeNull();
    expect(text).not.toMatch(leak);
  });

  it('each time has a reference of its own', async () => {
    const references = [await send(app, ask), await send(app, ask)].map(
      ({ errors }) => reference.exec(errors![0]!.message)![1],
    );
    expect(new Set(references).size).toBe(2);
  });

  it('what has nothing to do with it is answered', async () => {
    expect((await app.send('{ orders(first: 2) { nodes { id customer { lastName } } } }')).errors).toBeUndefined();
  });
});

/** A wire to the database's server that can be cut, as when that server is gone. */
class Wire {
  #server: Server | undefined;
  #port = 0;
  #isSilent = false;
  readonly #sockets = new Set<Socket>();

  constructor(private readonly target: string) {}

  /** The database's URL by this wire. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  async open(): Promise<void> {
    const { hostname, port } = new URL(this.target);
    this.#server = createServer(near => {
      const far = connect(Number(port || 5432), hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
        socket.pipe(other);
        if (this.#isSilent) {
          socket.pause();
        }
      }
    }).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Lets nothing through from now on, as a network that fails does. */
  fallSilent(): void {
    this.#isSilent = true;
    this.#sockets.forEach(socket => socket.pause());
  }

  async cut(): Promise<void> {
    this.#isSilent = false;
    const closed = once(this.#server!, 'close');
    this.#server!.close();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }
}

describe('A request that gets no connection in time', () => {
  it('meets DATABASE_UNAVAILABLE, and those that have one get their answers', async () => {
    const app = await startTestApp({ data: 'empty', settings: { DATABASE_POOL_MAX: '2', LOG_LEVEL: 'silent' } });
    try {
      const lists = '{ stores { totalCount } products { totalCount } customers { totalCount } }';
      // Who asks is known from then on.
      await send(app, lists);
      await connected(app.database.url, async client => {
        await client.query('begin; lock table stores, products, customers in access exclusive mode');
        const all = send(app, lists);
        // The third one waits for ten seconds.
        await sleep(11_000);
        await client.query('commit');
        expect((await all).errors).toMatchObject([
          { message: unavailable, extensions: { code: 'DATABASE_UNAVAILABLE' } },
        ]);
      });
      expect((await send(app, lists)).errors).toBeUndefined();
    } finally {
      await app.close();
    }
  }, 60_000);
});

describe('A statement', () => {
  it('that takes longer than is allowed is given up', async () => {
    const app = await startTestApp({ settings: { DATABASE_STATEMENT_TIMEOUT: '200' } });
    await connected(app.database.url, async client => {
      await client.query('begin; lock table orders in access exclusive mode');
      const { text, errors } = await send(app, ask);
      expect(errors).toMatchObject([{ extensions: { code: 'DATABASE_TIMEOUT' } }]);
      expect(text).not.toMatch(leak);
    });
    expect(await app.ask(ask)).toMatchObject({ orders: { nodes: [{}, {}] } });
    await app.close();
  });

  it('that was prepared before a migration changed the type of a column is prepared again', async () => {
    const app = await startTestApp();
    const query = '{ stores(first: 1) { nodes { name } } }';
    const before = await app.ask(query);
    await app.database.query('alter table stores alter column name type varchar(100)');
    expect(await app.ask(query)).toEqual(before);
    await app.close();
  });
});
