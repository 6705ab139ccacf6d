import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ConnectionPool } from '../../src/database/connection-pool.js';
import { poolConfig } from '../../src/database/orm.options.js';
import { Statements } from '../../src/database/statements.js';
import { place } from '../orders/order-fixtures.js';
import { startTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(() => database.drop());

let pool: ConnectionPool;
afterEach(() => pool.end());

/** Opens a pool; somebody waits for a connection for half a second. */
function open({ poolMax = 4, url = database.url, preparedStatements = 500 }): void {
  pool = new ConnectionPool(poolConfig({ url, poolMax, statementTimeout: 10_000, preparedStatements }, 500));
}

const statements = new Statements(true);

/** Runs a statement of a schema. */
const run = (schema: string, text: string, values: unknown[] = []) =>
  pool.run(statements.of(text, values), pool.homeOf(schema));

/** The number of the session in which a statement of a schema ran. */
async function session(schema: string, text = 'select pg_backend_pid() as pid', values: unknown[] = []) {
  const [row] = (await run(schema, `${text} /* ${schema} */`, values)) as { pid: number }[];
  return row!.pid;
}

/** A statement that takes as many seconds as its parameter says. */
const slow = 'select pg_backend_pid() as pid, pg_sleep($1)';

const schemas = Array.from({ length: 40 }, (_, index) => `tenant_${index}`);
const ownSessions = async () => {
  const pids = [];
  for (const schema of schemas) {
    pids.push(await session(schema));
  }
  return pids;
};

/** The sessions that the pool has on the server. */
const sessions = () =>
  database.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );

describe('Tenants', () => {
  test('are spread over the connections, and each is read on the same one again and again', async () => {
    open({});
    const first = await ownSessions();
    expect(new Set(first).size).toBe(4);
    expect(await ownSessions()).toEqual(first);
    expect(await ownSessions()).toEqual(first);
  });

  test('that are asked at once mostly stay on theirs', async () => {
    open({});
    const first = await ownSessions();
    const atOnce = await Promise.all(schemas.map(schema => session(schema)));
    const stayed = atOnce.filter((pid, index) => pid === first[index]);
    expect(stayed.length).toBeGreaterThan(schemas.length / 2);
  });

  test('that are asked a lot use all connections', async () => {
    open({});
    const pids = await Promise.all(schemas.map(() => session('tenant', slow, [0.03])));
    expect(new Set(pids).size).toBe(4);
  });

  test('do not wait for another one’s slow statement', async () => {
    open({});
    const own = await session('tenant');
    let isDone = false;
    const blocking = run('tenant', slow, [3]).then(() => (isDone = true));
    expect(await session('tenant')).not.toBe(own);
    expect(isDone).toBe(false);
    await blocking;
  });
});

describe('Of a few connections', () => {
  test('no more are made, however much is asked', async () => {
    open({ poolMax: 2 });
    const all = Promise.all(schemas.flatMap(schema => [session(schema), session(schema, slow, [0.01])]));
    await sleep(100);
    expect((await sessions()).length).toBeLessThanOrEqual(2);
    expect(new Set(await all).size).toBe(2);
  });

  test('one that somebody has alone is nobody else’s', async () => {
    open({ poolMax: 2 });
    const client = await pool.connect();
    const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows;
    expect(await Promise.all(schemas.map(schema => session(schema)))).not.toContain(pid);
    client.release();
    expect(await Promise.all(schemas.map(schema => session(schema, slow, [0.01])))).toContain(pid);
  });

  test('who gets none in time is told so, and gives the place back', async () => {
    open({ poolMax: 1 });
    const client = await pool.connect();
    const refusal = 'All 1 connections to the database were in use for 0.5 seconds.';
    await expect(session('tenant')).rejects.toThrow(refusal);
    await expect(pool.connect()).rejects.toThrow(refusal);
    client.release();
    expect(await session('tenant')).toEqual(expect.any(Number));
  });

  test('one that is given back goes to who waits, also where the clock is behind the timers', async () => {
    open({ poolMax: 2 });
    const client = await pool.connect();
    const text = 'select pg_sleep($1), 1 as n';
    const busy = run('tenant', text, [0.4]);
    await sleep(50);
    // Timers are early by less than a millisecond, so this makes for always what else is by chance.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    const waiting = run('tenant', text, [0]);
    await sleep(100);
    client.release();
    let isBusy = true;
    void busy.then(() => (isBusy = false));
    expect(await waiting).toMatchObject([{ n: 1 }]);
    expect(isBusy).toBe(true);
    clock.mockRestore();
    await busy;
  });

  test('one is enough for a server that reads and writes', async () => {
    open({});
    const app = await startTestApp({ settings: { DATABASE_POOL_MAX: '1' } });
    const placed = await Promise.all(Array.from({ length: 5 }, () => place(app, {})));
    expect(placed).toEqual(Array.from(placed, () => expect.objectContaining({ id: expect.any(String) })));
    const { orders, stores } = await app.ask('{ orders { totalCount } stores { totalCount } }');
    expect([orders.totalCount, stores.totalCount]).toEqual([29, 4]);
    await app.close();
  });

  test('one in which a transaction was left open is not used again', async () => {
    open({ poolMax: 1 });
    const client = await pool.connect();
    await client.query('begin');
    await client.query('create table left_over ()');
    client.release();
    expect(await run('tenant', `select to_regclass('left_over') as found`)).toEqual([{ found: null }]);
  });
});

describe('After a fault', () => {
  test('of a statement its connection is kept', async () => {
    open({ poolMax: 1 });
    const before = await session('tenant');
    await expect(run('tenant', 'select 1 / 0')).rejects.toThrow('division by zero');
    expect(await session('tenant')).toBe(before);
  });

  test('that ends a session the next statement gets another', async () => {
    open({ poolMax: 1 });
    const before = await session('tenant');
    await expect(run('tenant', 'select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
    const after = await session('tenant');
    expect(after).not.toBe(before);
    await database.query('select pg_terminate_backend($1)', [after]);
    await sleep(100);
    expect(await session('tenant')).not.toBe(after);
  });

  test('of the server all who ask are told at once', async () => {
    open({ poolMax: 2, url: 'postgresql://somebody@127.0.0.1:1/nothing' });
    const outcomes = await Promise.allSettled([...schemas.map(schema => session(schema)), pool.connect()]);
    expect(outcomes).toEqual(
      Array.from(outcomes, () =>
        expect.objectContaining({ reason: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
      ),
    );
  });
});

describe('At the end', () => {
  test('what runs is answered, who waits is refused, and no session is left', async () => {
    open({ poolMax: 1 });
    let isAnswered = false;
    const running = session('tenant', slow, [0.3]).finally(() => (isAnswered = true));
    const waiting = session('tenant', slow, [0.2]);
    waiting.catch(() => {});
    await sleep(50);
    await Promise.all([pool.end(), pool.end()]);
    expect(isAnswered).toBe(true);
    expect(await running).toEqual(expect.any(Number));
    await expect(waiting).rejects.toThrow('The connections to the database are closed.');
    await expect(session('tenant')).rejects.toThrow('The connections to the database are closed.');
    expect(await sessions()).toEqual([]);
  });
});
