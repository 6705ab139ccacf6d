import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type App, startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { ensureDatabase } from '../../src/database/ensure-database.js';
import { startWarnings } from '../../src/database/start-warnings.js';
import { migrateAndSeed } from '../../src/migrate/at-start.js';
import { Role } from '../../src/permissions.js';
import { samplePassword, sampleUsers } from '../../seeders/sample-users.js';
import { type Caller, createCaller, signedIn } from '../support/app.js';
import { endPrograms, run } from '../support/process.js';
import { type ReplicaServer, type ReplicatedServer, startReplicatedServer } from '../support/replica.js';
import { connected } from '../support/server.js';
import { startSlowLine } from '../support/slow-line.js';

// Two servers are made and filled.
jest.setTimeout(120_000);

const database = 'shop';
/** Longer than any test: what lags behind stays in use. */
const noLimit = '600000';

let server: ReplicatedServer;
let replica: ReplicaServer;
/** Two processes: the first reads by plans, the second by loaders. */
let apps: [App, App];
let owners: [Caller, Caller];
let clerks: [Caller, Caller];

function settings(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: server.url(database),
    DATABASE_REPLICAS: replica.url(database),
    DATABASE_REPLICA_MAX_LAG: noLimit,
    TOKEN_SECRETS: 'a secret of tests that is longer than 32 characters',
    OPEN_REGISTRATION: 'true',
    PUBLIC_CATALOGUE: 'true',
    ...more,
  };
}

function serve(more: NodeJS.ProcessEnv = {}): Promise<App> {
  return startApp(loadConfig(settings(more)), server.url(database));
}

/** What `/health` says of replicas. */
async function replicasOf({ url }: Pick<App, 'url'>) {
  const response = await fetch(`${url}/health`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { replicas?: { configured: number; inUse: number } }).replicas;
}

/** Waits until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await sleep(20);
  }
}

const isUsed = async (app: Pick<App, 'url'>) => (await replicasOf(app))?.inUse === 1;

/** Runs a statement on a server as somebody beside the API. */
const onServer = (url: string, sql: string, values: unknown[] = []) =>
  connected(url, async client => (await client.query(sql, values)).rows);
const onPrimary = (sql: string, values: unknown[] = []) => onServer(server.url(database), sql, values);

beforeAll(async () => {
  server = await startReplicatedServer();
  await ensureDatabase(server.url(database));
  await migrateAndSeed(server.url(database), { seed: true, users: true });
  replica = await server.addReplica();
  apps = [await serve(), await serve({ READ_PLANS: 'false' })];
  owners = [await signedIn(apps[0].url), createCaller(apps[1].url, {})];
  owners[1] = createCaller(apps[1].url, owners[0].headers);
  const clerk = await signedIn(apps[0].url, Role.CLERK);
  clerks = [clerk, createCaller(apps[1].url, clerk.headers)];
});
afterAll(async () => {
  await endPrograms();
  await Promise.all((apps ?? []).map(app => app.close()));
  await server?.close();
});

afterEach(async () => {
  await replica.resume();
  await Promise.all(apps.map(app => until(() => isUsed(app))));
});

const titlesQuery = '{ tasks(first: 100) { nodes { title } } }';

/** The titles of the tasks that somebody sees. */
async function titles(caller: Caller): Promise<string[]> {
  const { tasks } = await caller.ask(titlesQuery);
  return (tasks as { nodes: { title: string }[] }).nodes.map(({ title }) => title);
}

/** Makes a task, and gives its title, as the mutation's answer shows it. */
async function addTask(caller: Caller, title: string): Promise<string> {
  const { task } = await caller.change('createTask', { title }, 'task { title }');
  return (task as { title: string }).title;
}

/** Gives a task another title, beside the API. */
function rename(title: string): Promise<unknown> {
  return onPrimary(
    `update tasks set title = $1 where id = (select id from tasks where state = 'OPEN' order by id limit 1)`,
    [title],
  );
}

/** Has the replica show what is there now, and nothing after it, and sees to it that the clerks are read from it. */
async function freeze(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await replica.resume();
    await Promise.all(apps.map(app => until(() => isUsed(app))));
    await replica.pause();
    const title = `Not on the replica ${attempt}`;
    await rename(title);
    // They have signed in, and it may not be known yet that the replica shows that.
    if (!(await Promise.all(clerks.map(titles))).flat().includes(title)) {
      return;
    }
  }
  throw new Error('The replica is not read from.');
}

describe('With a replica that stands still', () => {
  test.each([
    ['by a plan', 0],
    ['by loaders', 1],
  ] as const)('a query that is read %s shows what the replica shows', async (_how, index) => {
    await freeze();
    const title = `Beside the API ${index}`;
    await rename(title);
    expect(await titles(clerks[index])).not.toContain(title);
    await replica.resume();
    expect(await titles(clerks[index])).toContain(title);
  });

  test('whoever writes sees it in the mutation’s answer and in the next query, others when the replica has it', async () => {
    await freeze();
    expect(await addTask(owners[0], 'Paint the store')).toBe('Paint the store');
    expect(await titles(owners[0])).toContain('Paint the store');
    expect(await titles(clerks[0])).not.toContain('Paint the store');
    await replica.resume();
    expect(await titles(clerks[0])).toContain('Paint the store');
  });

  test('whoever writes to one process sees it at once in another', async () => {
    await freeze();
    for (let number = 0; number < 30; number += 1) {
      const [writer, reader] = number % 2 === 0 ? owners : owners.toReversed();
      const title = await addTask(writer!, `Task ${number}`);
      expect(await titles(reader!)).toContain(title);
    }
    expect(await titles(clerks[1])).not.toContain('Task 0');
  });

  test('whoever writes to one process sees it at once in another that hears of it late', async () => {
    const line = await startSlowLine(server.url(database), 100);
    const config = loadConfig(settings({ DIRECT_DATABASE_URL: line.url }));
    const distant = await startApp(config, line.url);
    await until(() => isUsed(distant));
    const reader = createCaller(distant.url, owners[0].headers);
    await freeze();
    for (let number = 0; number < 5; number += 1) {
      const title = await addTask(owners[0], `From afar ${number}`);
      expect(await titles(reader)).toContain(title);
    }
    expect(await titles(createCaller(distant.url, clerks[0].headers))).not.toContain('From afar 0');
    await distant.close();
    line.close();
  });

  test('whoever has just signed in sees the session, in another process too', async () => {
    await freeze();
    const manager = await signedIn(apps[0].url, Role.MANAGER);
    const query = '{ sessions { nodes { isCurrent } } }';
    for (const app of apps) {
      const { sessions } = await createCaller(app.url, manager.headers).ask(query);
      expect(sessions.nodes[0]).toEqual({ isCurrent: true });
    }
  });

  test('whoever has not signed in sees what they wrote', async () => {
    await freeze();
    const [first, second] = apps.map(({ url }) => createCaller(url, { 'x-tenant': 'platform' }));
    const owner = { name: 'Gag Halfrunt', email: 'gag@brain-care.example' };
    const { registration } = await first!.change(
      'registerTenant',
      { companyName: 'Brain Care', owner },
      'registration { id }',
    );
    const query = 'query ($id: ID!) { tenantRegistration(id: $id) { name } }';
    expect(await second!.ask(query, registration as { id: string })).toEqual({
      tenantRegistration: { name: 'Brain Care' },
    });
  });

  test('a shop that it does not have yet is read from the primary server', async () => {
    await freeze();
    const operator = createCaller(apps[0].url, await signInTo(apps[0], 'platform', sampleUsers[Role.OPERATOR].email));
    await operator.change('createTenant', { name: 'Milliways', seed: true }, 'tenant { id }');
    const visitor = createCaller(apps[1].url, { 'x-tenant': 'Milliways' });
    expect((await visitor.ask('{ products { totalCount } }')).products.totalCount).toBeGreaterThan(0);
  });

  test('a session that was ended is refused', async () => {
    const manager = await signedIn(apps[0].url, Role.MANAGER);
    await manager.ask(titlesQuery);
    await freeze();
    await onPrimary('update sessions set ended_at = now() where user_id = (select id from users where email = $1)', [
      sampleUsers[Role.MANAGER].email,
    ]);
    await until(async () => (await manager.send(titlesQuery)).errors?.[0]?.extensions.code === 'SESSION_ENDED');
  });
});

/** The headers of somebody who signs in to a shop. */
async function signInTo({ url }: App, tenant: string, email: string): Promise<Record<string, string>> {
  const { accessToken } = await createCaller(url, { 'x-tenant': tenant }).change(
    'login',
    { email, password: samplePassword },
    'accessToken',
  );
  return { authorization: `Bearer ${accessToken}` };
}

describe('A replica', () => {
  test('that stops is replaced by the primary server, and is used again when it is back', async () => {
    await replica.stop();
    expect((await titles(clerks[0])).length).toBeGreaterThan(0);
    await Promise.all(apps.map(app => until(async () => !(await isUsed(app)))));
    expect(await replicasOf(apps[0])).toEqual({ configured: 1, inUse: 0 });
    await replica.start();
    await freeze();
    await rename('After it came back');
    expect(await titles(clerks[0])).not.toContain('After it came back');
  });

  test('that lags behind for longer than it may is not used until it has caught up', async () => {
    const strict = await serve({ DATABASE_REPLICA_MAX_LAG: '1000' });
    await until(() => isUsed(strict));
    await freeze();
    await until(async () => !(await isUsed(strict)));
    await rename('Not too late');
    expect(await titles(createCaller(strict.url, clerks[0].headers))).toContain('Not too late');
    expect(await titles(clerks[0])).not.toContain('Not too late');
    await replica.resume();
    await until(() => isUsed(strict));
    await strict.close();
  });

  /** A query whose reads take long on the replica, and on no other server. */
  describe('where a query takes long', () => {
    const query = '{ stores { nodes { name } } }';
    const underWay = `select pid from pg_stat_activity where wait_event = 'PgSleep'`;
    beforeAll(async () => {
      await onPrimary('alter table stores rename to kept_stores');
      await onPrimary(
        'create view stores as select s.* from kept_stores s where not pg_is_in_recovery() or pg_sleep(60) is not null',
      );
      await replica.resume();
    });
    afterAll(async () => {
      await onPrimary('drop view stores');
      await onPrimary('alter table kept_stores rename to stores');
    });

    test.each([
      ['conflicts with what is replayed', () => onPrimary('begin; lock table kept_stores; commit')],
      [
        'loses its connection',
        () =>
          onServer(
            replica.url(database),
            `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`,
          ),
      ],
    ])('and %s, the primary server answers', async (_what, interrupt) => {
      const asked = clerks[0].ask(query);
      await until(async () => (await onServer(replica.url(database), underWay)).length > 0);
      await interrupt();
      expect((await asked).stores.nodes.length).toBeGreaterThan(0);
    });

    test('and longer than it may, it is refused', async () => {
      const hasty = await serve({ DATABASE_STATEMENT_TIMEOUT: '1500' });
      await until(() => isUsed(hasty));
      const { errors } = await createCaller(hasty.url, clerks[0].headers).send(query);
      expect(errors?.[0]?.extensions.code).toBe('DATABASE_TIMEOUT');
      await hasty.close();
    });
  });
});

describe('Two replicas', () => {
  test('are read by a role with no more rights than it needs, and when one stops, from the other', async () => {
    const second = await server.addReplica();
    // As a shop's database may be given out: its owner, who is no superuser.
    await onPrimary(`create role steward login password 'tea'`);
    await onPrimary('grant all on schema public, platform to steward');
    await onPrimary('grant all on all tables in schema public, platform to steward');
    const asSteward = (url: string) => Object.assign(new URL(url), { username: 'steward', password: 'tea' }).href;
    const urls = [replica, second].map(({ url }) => asSteward(url(database)));
    const config = loadConfig(settings({ DATABASE_REPLICAS: urls.join() }));
    const both = await startApp(config, asSteward(server.url(database)));
    const inUse = async () => (await replicasOf(both))?.inUse;
    await replica.resume();
    await until(async () => (await inUse()) === 2);
    const [owner, clerk] = [owners[0], clerks[0]].map(({ headers }) => createCaller(both.url, headers));
    await Promise.all([replica.pause(), second.pause()]);
    await addTask(owner!, 'On neither replica');
    expect(await titles(owner!)).toContain('On neither replica');
    expect(await titles(clerk!)).not.toContain('On neither replica');
    await second.resume();
    // The writer's are read from the second or the primary server, whichever of the two replicas the others are read from.
    for (let number = 0; number < 10; number += 1) {
      expect(await titles(owner!)).toContain('On neither replica');
    }
    await replica.stop();
    await until(async () => (await inUse()) === 1);
    expect(await titles(clerk!)).toContain('On neither replica');
    await replica.start();
    await until(async () => (await inUse()) === 2);
    await both.close();
    await second.stop();
  });
});

describe('WORKERS=2', () => {
  test('each shows at once what somebody wrote to the other', async () => {
    const args = ['--import', '@oxc-node/core/register', 'src/main.ts'];
    const shop = run(process.execPath, args, settings({ WORKERS: '2', MIGRATE: 'false', LOG_LEVEL: 'info' }));
    const [, url] = await shop.sees(/GraphQL\s+(\S+)\/graphql/);
    await shop.sees(/queries go to a replica[^]*queries go to a replica/);
    // A connection of its own for each request, so that workers take turns.
    const owner = createCaller(url!, { ...owners[0].headers, connection: 'close' });
    await freeze();
    for (let number = 0; number < 20; number += 1) {
      const title = await addTask(owner, `By workers ${number}`);
      expect(await titles(owner)).toContain(title);
    }
    expect(await titles(createCaller(url!, clerks[0].headers))).not.toContain('By workers 0');
    shop.process.kill('SIGTERM');
    expect(await shop.ends()).toBe(0);
  });
});

describe('The start', () => {
  const warningsWith = (urls: string) =>
    startWarnings(server.url(database), loadConfig(settings({ DATABASE_REPLICAS: urls })));

  test('says nothing of a replica that can be used', async () => {
    expect(await warningsWith(replica.url(database))).toEqual([]);
  });

  test.each([
    [
      'does not answer',
      () => 'postgresql://arthur:tea@127.0.0.1:1/shop',
      /arthur:\*\*\*@127.0.0.1:1\/shop: .*ECONNREFUSED/,
    ],
    ['is the primary server itself', () => server.url(database), /it is no standby, but takes writes itself/],
    ['holds another database', () => replica.url('postgres'), /it holds another database/],
  ])('says when one %s', async (_what, url, reason) => {
    const warnings = await warningsWith(`${replica.url(database)},${url()}`);
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(warnings[0]).toMatch(/^No query goes to the replica postgresql:.* Check DATABASE_REPLICAS/);
  });
});
