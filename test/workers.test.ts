import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Role } from '../src/permissions.js';
import { type Caller, signedIn } from './support/app.js';
import { createBareDatabase, createTestDatabase, type TestDatabase } from './support/database.js';
import { endPrograms, type Program, run } from './support/process.js';
import { connected } from './support/server.js';

// Each start loads the program several times.
jest.setTimeout(120_000);

let database: TestDatabase;
/** Runs what `npm start` runs, with several workers. */
function start(settings: NodeJS.ProcessEnv = {}): Program {
  const args = ['--import', '@oxc-node/core/register', 'src/main.ts'];
  return run(process.execPath, args, { PORT: '0', WORKERS: '2', DATABASE_URL: database.url, ...settings });
}

async function urlOf(program: Program): Promise<string> {
  const [, url] = await program.sees(/GraphQL\s+(\S+)\/graphql[^]*Workers[^]*Stop/);
  return url!;
}

/** The processes that the primary one has started, by the system. */
async function workersOf(program: Program): Promise<number[]> {
  const children = run('ps', ['-o', 'pid=', '--ppid', String(program.process.pid)]);
  await children.ends();
  return children.output().split('\n').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await sleep(50);
  }
}

/** So many that every worker gets some, and not more than connections. */
const requests = 8;

/** Sends a query so often, each time by a connection of its own, that every worker gets some. */
function askAll({ headers }: Caller, url: string, query: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: requests }, async () => {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close', ...headers },
        body: JSON.stringify({ query }),
      });
      return answer.text();
    }),
  );
}

/** How many statements wait for a lock. */
async function waiting(): Promise<number> {
  const [found] = await database.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
  );
  return found!.waiting;
}

const names = '{ customers { nodes { firstName } } }';

describe('WORKERS=2', () => {
  let shop: Program;
  let url: string;
  let owner: Caller;
  beforeAll(async () => {
    database = await createBareDatabase();
    shop = start({ DATABASE_POOL_MAX: '6' });
    url = await urlOf(shop);
    owner = await signedIn(url);
  });
  afterAll(async () => {
    await endPrograms();
    await database.drop();
  });

  test('serves one port from two processes, with one run of the migrations and of the sample data', async () => {
    expect(await workersOf(shop)).toHaveLength(2);
    const answers = await askAll(owner, url, '{ orders { totalCount } }');
    expect(new Set(answers)).toEqual(new Set(['{"data":{"orders":{"totalCount":24}}}\n']));
  });

  test('takes no more connections than the setting says, and one a worker that listens', async () => {
    await Promise.all(Array.from({ length: 10 }, () => askAll(owner, url, names)));
    const [{ open }] = (await database.query<{ open: number }>(
      `select count(*)::int as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )) as [{ open: number }];
    expect(open).toBeLessThanOrEqual(6 + 2);
  });

  test('lets all take the tokens of each, and hear that a user was deactivated', async () => {
    const clerk = await signedIn(url, Role.CLERK);
    expect(new Set(await askAll(clerk, url, names)).size).toBe(1);
    const [user] = await database.query<{ id: string }>(`select id from users where role = 'CLERK'`);
    await owner.change('deactivateUser', { id: `User_${user!.id}` });
    await until(async () => (await askAll(clerk, url, names)).every(answer => answer.includes('SESSION_ENDED')));
  });

  test('replaces a worker that died, on the same port', async () => {
    const [victim, other] = await workersOf(shop);
    process.kill(victim!, 'SIGKILL');
    await until(async () => (await workersOf(shop)).filter(pid => pid !== victim).length === 2);
    expect(await workersOf(shop)).toContain(other);
    expect(new Set(await askAll(owner, url, names)).size).toBe(1);
    expect(shop.output()).toMatch(/a worker died; another takes its place/);
  });
});

describe('Several workers', () => {
  beforeAll(async () => {
    database = await createTestDatabase('sample');
  });
  afterEach(endPrograms);
  afterAll(() => database.drop());

  test('gives up when workers die as fast as they are replaced, and leaves nothing behind', async () => {
    const shop = start();
    await urlOf(shop);
    const seen = new Set<number>();
    let ended = false;
    const end = shop.ends().finally(() => (ended = true));
    await until(async () => {
      for (const pid of ended ? [] : await workersOf(shop)) {
        seen.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      return ended;
    });
    expect(await end).toBe(1);
    expect(shop.output()).toMatch(/5 workers died in a row, each soon after its start, the last with SIGKILL/);
    expect([...seen].filter(isRunning)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('lets all end what they have begun on %s', async signal => {
    // Connections for all requests, should one worker get them all.
    const shop = start({ DATABASE_POOL_MAX: '20' });
    const url = await urlOf(shop);
    const [owner, pids] = [await signedIn(url), await workersOf(shop)];
    let begun: Promise<string[]>;
    await connected(database.url, async client => {
      await client.query('begin; lock table orders in access exclusive mode');
      begun = askAll(owner, url, '{ orders { totalCount } }');
      await until(async () => (await waiting()) === requests);
      if (signal === 'SIGINT') {
        // A terminal sends Ctrl-C to every process of the group.
        process.kill(-shop.process.pid!, signal);
      } else {
        shop.process.kill(signal);
      }
      await sleep(500);
      await client.query('rollback');
    });
    expect(new Set(await begun!)).toEqual(new Set(['{"data":{"orders":{"totalCount":24}}}\n']));
    expect(await shop.ends()).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(shop.output()).not.toMatch(/a worker died/);
  });

  test('leaves no worker when the primary process is killed', async () => {
    const shop = start();
    await urlOf(shop);
    const pids = await workersOf(shop);
    shop.process.kill('SIGKILL');
    await until(() => !pids.some(isRunning));
  });

  test('tells why it cannot start, once, and ends', async () => {
    const first = start();
    const port = new URL(await urlOf(first)).port;
    const second = start({ PORT: port });
    expect(await second.ends()).toBe(1);
    expect(second.output()).toBe(`Port ${port} is in use; set PORT to another, such as PORT=${Number(port) + 1}.\n`);
  });

  test('needs shared secrets in production', async () => {
    const shop = start({ NODE_ENV: 'production' });
    expect(await shop.ends()).toBe(1);
    expect(shop.output()).toMatch(/^In production all processes need the same secret[^\n]*\n$/);
  });

  test('says when PostgreSQL takes too few connections', async () => {
    const shop = start({ DATABASE_POOL_MAX: '900' });
    await urlOf(shop);
    expect(shop.output()).toMatch(
      /PostgreSQL takes \d+ connections, and these settings may open 905: set DATABASE_POOL_MAX to \d+ or less/,
    );
  });
});
