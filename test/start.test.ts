import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { createBareDatabase, createTestDatabase, type TestDatabase } from './support/database.js';
import { endPrograms, type Program, run } from './support/process.js';
import { connected } from './support/server.js';
import { signedIn } from './support/app.js';

const secret = 'a secret of tests that is longer than 32 characters';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-start-'));
});

afterEach(async () => {
  await endPrograms();
  // A server that a killed start left behind ends with its last user.
  if (existsSync(join(folder, 'postgres/data'))) {
    await (await acquireEmbeddedPostgres({ folder: join(folder, 'postgres') })).release();
  }
  await rm(folder, { recursive: true });
});

/** Runs `npm start` on a free port, with data of the test's own. */
function npmStart(): Program {
  return run('npm', ['start'], { PORT: '0', EMBEDDED_POSTGRES_FOLDER: join(folder, 'postgres') });
}

/** Runs what `npm start` runs, without the second that npm takes. */
function start(settings: NodeJS.ProcessEnv = {}): Program {
  const args = ['--import', '@oxc-node/core/register', 'src/main.ts'];
  return run(process.execPath, args, { PORT: '0', EMBEDDED_POSTGRES_FOLDER: join(folder, 'postgres'), ...settings });
}

async function urlOf(program: Program): Promise<string> {
  const [, url] = await program.sees(/GraphQL\s+(\S+)\/graphql[^]*Stop/);
  return url!;
}

async function ask(url: string, query: string): Promise<unknown> {
  return (await signedIn(url)).ask(query);
}

function countOrders(url: string): Promise<unknown> {
  return ask(url, '{ orders { totalCount } }');
}

/** Whether a server still answers on the embedded folder's port, as its own process would leave it. */
function embeddedIsRunning(): boolean {
  return existsSync(join(folder, 'postgres/data/postmaster.pid'));
}

describe('npm start', () => {
  test('brings a database, its tables and the sample data, and says what to open and how to stop', async () => {
    const shop = npmStart();
    expect(await countOrders(await urlOf(shop))).toEqual({ orders: { totalCount: 24 } });
    expect(shop.output()).toMatch(/\/graphiql/);
    expect(shop.output()).toContain(`embedded PostgreSQL 18`);
    expect(shop.output()).toContain('Ctrl-C');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'stops with all that it started on %s, and keeps the data',
    async signal => {
      const shop = npmStart();
      await urlOf(shop);
      await withEmbedded(client =>
        client.query(`update customers set last_name = 'Of Earth' where first_name = 'Arthur'`),
      );
      if (signal === 'SIGINT') {
        // A terminal sends Ctrl-C to every process of the group.
        process.kill(-shop.process.pid!, signal);
      } else {
        shop.process.kill(signal);
      }
      await shop.ends();
      expect(embeddedIsRunning()).toBe(false);

      const again = start();
      expect(await ask(await urlOf(again), '{ customers(last: 100) { nodes { lastName } } }')).toMatchObject({
        customers: { nodes: expect.arrayContaining([{ lastName: 'Of Earth' }]) },
      });
    },
  );

  test('recovers what a SIGKILL left', async () => {
    const shop = start();
    await urlOf(shop);
    process.kill(-shop.process.pid!, 'SIGKILL');
    await shop.ends();
    expect(embeddedIsRunning()).toBe(true);

    const again = start();
    expect(await countOrders(await urlOf(again))).toEqual({ orders: { totalCount: 24 } });
    process.kill(-again.process.pid!, 'SIGINT');
    await again.ends();
    expect(embeddedIsRunning()).toBe(false);
  });

  test('runs twice at once on two folders', async () => {
    const [one, other] = [start(), start({ EMBEDDED_POSTGRES_FOLDER: join(folder, 'other') })];
    const urls = await Promise.all([urlOf(one), urlOf(other)]);
    expect(new Set(urls).size).toBe(2);
    expect(await Promise.all(urls.map(countOrders))).toEqual(Array(2).fill({ orders: { totalCount: 24 } }));
    process.kill(-other.process.pid!, 'SIGINT');
    await other.ends();
    expect(await countOrders(urls[0])).toEqual({ orders: { totalCount: 24 } });
  });

  function withEmbedded<Result>(work: Parameters<typeof connected<Result>>[1]): Promise<Result> {
    return acquireEmbeddedPostgres({ folder: join(folder, 'postgres') }).then(async server => {
      try {
        return await connected(server.url('pier2'), work);
      } finally {
        await server.release();
      }
    });
  }
});

describe('npm start with DATABASE_URL', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createBareDatabase();
  });

  afterEach(async () => {
    await endPrograms();
    await database.drop();
  });

  test('does the same on that server, and starts nothing embedded', async () => {
    const shop = start({ DATABASE_URL: database.url });
    expect(await countOrders(await urlOf(shop))).toEqual({ orders: { totalCount: 24 } });
    expect(existsSync(join(folder, 'postgres'))).toBe(false);
    const { password } = new URL(database.url);
    expect(password === '' || !shop.output().includes(password)).toBe(true);
  });

  test('takes the next free port when nobody chose one and the first is in use', async () => {
    const first = start({ DATABASE_URL: database.url, PORT: '' });
    const firstUrl = await urlOf(first);
    const second = start({ DATABASE_URL: database.url, PORT: '' });
    const secondUrl = await urlOf(second);
    expect(secondUrl).not.toBe(firstUrl);
    expect(await Promise.all([countOrders(firstUrl), countOrders(secondUrl)])).toEqual(
      Array(2).fill({ orders: { totalCount: 24 } }),
    );
  });

  test('seeds nothing where that is not wanted', async () => {
    const shop = start({ DATABASE_URL: database.url, SEED: 'false' });
    await urlOf(shop);
    const count = 'select (select count(*) from orders)::int as orders, (select count(*) from users)::int as users';
    expect(await database.query(count)).toEqual([{ orders: 0, users: 0 }]);
  });

  test('migrates and seeds nothing in production', async () => {
    const shop = start({ DATABASE_URL: database.url, NODE_ENV: 'production', TOKEN_SECRETS: secret });
    await urlOf(shop);
    expect(await database.query(`select from pg_tables where schemaname in ('public', 'platform')`)).toEqual([]);
  });
});

describe('npm start says in a sentence why it cannot go on', () => {
  const busy = createServer();
  beforeAll(() => once(busy.listen(0, 'localhost'), 'listening'));
  afterAll(() => once(busy.close(), 'close'));
  let migrated: TestDatabase;
  beforeAll(async () => {
    migrated = await createTestDatabase('sample');
  });
  afterAll(() => migrated.drop());

  test.each<[string, () => NodeJS.ProcessEnv, string]>([
    ['a bad setting', () => ({ PORT: 'forty-two' }), 'PORT is "forty-two", but should be a whole number'],
    [
      'production without a secret',
      () => ({ NODE_ENV: 'production', DATABASE_URL: migrated.url }),
      'set TOKEN_SECRETS, such as to what "openssl rand -base64 32" prints',
    ],
    ['production without a database', () => ({ NODE_ENV: 'production' }), 'set DATABASE_URL to your server'],
    [
      'a server that cannot be reached',
      () => ({ DATABASE_URL: 'postgresql://arthur:towel@127.0.0.1:1/heart' }),
      "PostgreSQL at postgresql://arthur:***@127.0.0.1:1/heart can't be used",
    ],
    [
      'an address that is none of this machine',
      () => ({ HOST: '192.0.2.42', DATABASE_URL: migrated.url }),
      'HOST is "192.0.2.42", which is no address',
    ],
    [
      'a port in use',
      () => ({ PORT: String((busy.address() as AddressInfo).port), DATABASE_URL: migrated.url }),
      'is in use; set PORT to another',
    ],
  ])('%s', async (_case, settings, sentence) => {
    const shop = start(settings());
    expect(await shop.ends()).not.toBe(0);
    expect(shop.output()).toContain(sentence);
    expect(shop.output()).not.toMatch(/^\s+at /m);
    expect(shop.output()).not.toContain('towel');
    expect(embeddedIsRunning()).toBe(false);
  });
});
