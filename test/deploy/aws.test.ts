import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { migrationHandler } from '../../src/deploy/migration-handler.js';
import { hashOfBuild, readBuild } from '../../src/migrate/build.js';
import { type Fleet, schemaOf, startFleet } from '../migrate/fleet/fleet-fixtures.js';
import { endPrograms } from '../support/process.js';
import { type Answer, type CloudFormation, startCloudFormation } from './cloudformation.js';

// The ORM takes seconds to load, and locks are waited for.
jest.setTimeout(120_000);

const shops = ['arthur', 'ford'];
const settings = { ...process.env };
let fleet: Fleet;
let cloud: CloudFormation;
let log: string[];
/** What the function is told of its time. */
let left: number;

beforeAll(async () => {
  [fleet, cloud] = await Promise.all([startFleet(shops), startCloudFormation()]);
  process.env['DATABASE_URL'] = fleet.database.url;
  // One shop after the other.
  process.env['DATABASE_POOL_MAX'] = '2';
});
beforeEach(() => {
  left = 900_000;
  log = [];
  cloud.answers.length = 0;
  for (const method of ['log', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((...words) => void log.push(words.join(' ')));
  }
});
afterEach(async () => {
  jest.restoreAllMocks();
  await endPrograms();
});
afterAll(async () => {
  process.env = settings;
  await Promise.all([fleet.close(), cloud.close()]);
});

const hashNow = async () => hashOfBuild(await readBuild(fleet.folder));

/** Sends a request to the function, and gives the last answer. */
async function send(request: Record<string, unknown>): Promise<Answer['body']> {
  await migrationHandler({ migrations: fleet.folder })(request, { getRemainingTimeInMillis: () => left });
  return cloud.answers.at(-1)!.body;
}

const versions = async () => new Set(Object.values(await fleet.versions()));

/** Waits until a session waits for somebody's lock. */
async function untilWaiting(): Promise<void> {
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  while ((await fleet.database.query(waiting)).length === 0) {
    await sleep(50);
  }
}

/** Does something while a session of somebody else has run a statement in a transaction. */
async function whileHeld(sql: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: fleet.database.url });
  await client.connect();
  await client.query(`begin; ${sql}`);
  await work().finally(() => client.end());
}

const lockStores = ['public', ...shops.map(schemaOf)]
  .map(schema => `lock table ${schema}.stores in access share mode`)
  .join('; ');

describe('the function behind the custom resource', () => {
  test('migrates the platform and all shops when the stack is made, and answers as CloudFormation wants it', async () => {
    const added = await fleet.add('a_note', {
      up: ['alter table stores add note text'],
      down: ['alter table stores drop note'],
    });
    const request = cloud.request('Create', await hashNow());
    await send(request);
    expect(await versions()).toEqual(new Set([added]));
    expect(cloud.answers).toEqual([
      {
        method: 'PUT',
        // Any other content type breaks the signature of the URL.
        headers: expect.objectContaining({ 'content-type': '', 'content-length': expect.stringMatching(/^\d+$/) }),
        body: {
          Status: 'SUCCESS',
          Reason: '3 shops migrated, 0 shops had nothing to do.',
          PhysicalResourceId: 'pier2-migrations',
          StackId: request['StackId'],
          RequestId: request['RequestId'],
          LogicalResourceId: 'Migrations',
          Data: { Outcome: '3 shops migrated, 0 shops had nothing to do.' },
        },
      },
    ]);
  });

  test('does nothing for a request that comes again', async () => {
    expect(await send(cloud.request('Create', await hashNow()))).toMatchObject({
      Status: 'SUCCESS',
      Reason: 'The migrations are those of the last complete run; there was nothing to do.',
    });
  });

  test('migrates when the stack is deployed with a new hash, once, though the request comes twice at the same time', async () => {
    const old = await hashNow();
    const added = await fleet.add('b_count', { up: ['create table counts (id int)', 'select pg_sleep(0.5)'] });
    const request = cloud.request('Update', await hashNow(), old);
    await Promise.all([send(request), send(request)]);
    expect(cloud.answers.map(({ body }) => [body['Status'], body['PhysicalResourceId']])).toEqual([
      ['SUCCESS', 'pier2-migrations'],
      ['SUCCESS', 'pier2-migrations'],
    ]);
    expect(await versions()).toEqual(new Set([added]));
    const seen = `select from ${schemaOf('arthur')}.mikro_orm_migrations where name = '${added}'`;
    expect(await fleet.database.query(seen)).toHaveLength(1);
  });

  test('takes nothing back when the stack rolls back to an older hash, and says so', async () => {
    const old = await hashNow();
    const added = await fleet.add('c_more', { up: ['alter table stores add more text'] });
    const current = await hashNow();
    expect(await send(cloud.request('Update', current, old))).toMatchObject({ Status: 'SUCCESS' });
    expect(await send(cloud.request('Update', old, current))).toMatchObject({
      Status: 'SUCCESS',
      Reason: 'These are the migrations of another build, which have run. The schema stays as it is.',
    });
    expect(await versions()).toEqual(new Set([added]));
  });

  test('refuses a hash that is of no build that ran, and tells the right one', async () => {
    const added = await fleet.add('d_unseen', { up: ['create table unseen (id int)'] });
    const right = await hashNow();
    expect(await send(cloud.request('Update', 'forgotten', right))).toMatchObject({
      Status: 'FAILED',
      Reason: `MigrationHash should be ${right}, as "pier2 migrate hash" prints it for this build.`,
    });
    expect(await send(cloud.request('Create'))).toMatchObject({ Status: 'FAILED' });
    expect(await versions()).not.toContain(added);
    expect(await send(cloud.request('Update', right, right))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('leaves the data alone when the stack is deleted, whether the database is there or not', async () => {
    process.env['DATABASE_URL'] = 'postgresql://pier2:dont-tell@127.0.0.1:1/pier2';
    try {
      expect(await send(cloud.request('Delete', 'any'))).toMatchObject({
        Status: 'SUCCESS',
        PhysicalResourceId: 'pier2-migrations',
      });
      const answer = await send(cloud.request('Create', await hashNow()));
      expect(answer).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringMatching(/PostgreSQL at .* can't be used/),
      });
      expect(JSON.stringify(answer)).not.toContain('dont-tell');
    } finally {
      process.env['DATABASE_URL'] = fleet.database.url;
    }
    expect(await fleet.database.query(`select from ${schemaOf('arthur')}.stores`)).toEqual([]);
  });

  test('fails when a shop does, with its name and nothing of its rows, and goes on when the stack is deployed again', async () => {
    await fleet.database.query(
      `insert into ${schemaOf('ford')}.users (id, email, name, role, state, password_hash)
       values (gen_random_uuid(), 'zaphod@example.com', repeat('Zaphod ', 10), 'CLERK', 'ACTIVE', '')`,
    );
    const added = await fleet.add('e_numbers', {
      up: [`create table numbers as select name::int as number from users where email = 'zaphod@example.com'`],
    });
    const request = cloud.request('Update', await hashNow());
    const answer = await send(request);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^1 shop failed, and the function’s log says why: ford\./),
    });
    expect(JSON.stringify(answer)).not.toMatch(/Zaphod|zaphod/);
    expect(log.join()).toMatch(/invalid input syntax for type integer: .*Zaphod/);
    await fleet.database.query(`update ${schemaOf('ford')}.users set name = '42'`);
    expect(await send(request)).toMatchObject({ Status: 'SUCCESS' });
    expect(await versions()).toEqual(new Set([added]));
  });

  test('fails when a shop’s schema is not what the migrations give, and names it', async () => {
    await fleet.database.query(`alter table ${schemaOf('arthur')}.stores add drifted int`);
    await fleet.add('f_last', { up: ['create table last_one (id int)'] });
    const request = cloud.request('Update', await hashNow());
    expect(await send(request)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('are not what the migrations give: arthur.'),
    });
    await fleet.database.query(`alter table ${schemaOf('arthur')}.stores drop drifted`);
    expect(await send(request)).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('the function whose time runs out', () => {
  const ranOut = /^The function’s time ran out\. What is done stays done: deploy again, and it goes on\./;
  let added: string;
  let request: Record<string, unknown>;

  beforeAll(async () => {
    added = await fleet.add('g_slow', { up: ['alter table stores add slow text'] });
    request = cloud.request('Update', await hashNow());
  });

  test('begins no further shop, and tries for a lock no longer', async () => {
    await whileHeld(lockStores, async () => {
      const answer = send(request);
      await untilWaiting();
      left = 50_000;
      expect(await answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(ranOut) });
      expect((await answer)['Reason']).toMatch(/1 shop failed.* 2 shops not tried/);
    });
    expect(await versions()).not.toContain(added);
  });

  test('breaks off what is under way and leaves no session behind', async () => {
    const held = ['public', ...shops.map(schemaOf)]
      .map(schema => `select pg_advisory_xact_lock(hashtext('pier2 migrations'), hashtext('${schema}'))`)
      .join('; ');
    await whileHeld(held, async () => {
      const answer = send(request);
      await untilWaiting();
      left = 30_000;
      expect(await answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(ranOut) });
      const sessions = `select from pg_stat_activity where application_name like 'pier2 migrate%' and datname = current_database()`;
      while ((await fleet.database.query(sessions)).length > 0) {
        await sleep(50);
      }
    });
    expect(await versions()).not.toContain(added);
  });

  test('answers in the end, even when the database does not', async () => {
    await whileHeld('lock table platform.tenants', async () => {
      const answer = send(request);
      await untilWaiting();
      left = 10_000;
      expect(await answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(ranOut) });
    });
  });

  test('goes on when the stack is deployed again', async () => {
    expect(await send(request)).toMatchObject({ Status: 'SUCCESS' });
    expect(await versions()).toEqual(new Set([added]));
  });
});

describe('the answer', () => {
  test('is sent again while the server at the URL fails', async () => {
    cloud.statuses.push(500, 503);
    await send(cloud.request('Delete'));
    expect(cloud.answers.map(({ body }) => body['Status'])).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  test('is sent once where it is refused, and the call fails', async () => {
    cloud.statuses.push(403);
    await expect(send(cloud.request('Delete'))).rejects.toThrow('refused with the status 403');
    expect(cloud.answers).toHaveLength(1);
  });

  test('is not given to what is no request of CloudFormation', async () => {
    await expect(send({ source: 'aws.events' })).rejects.toThrow('RequestType');
    expect(cloud.answers).toEqual([]);
  });
});
