import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { ensureDatabase } from '../../../src/database/ensure-database.js';
import { migrateAndSeed } from '../../../src/migrate/at-start.js';
import { endPrograms } from '../../support/process.js';
import { type ReplicaServer, type ReplicatedServer, startReplicatedServer } from '../../support/replica.js';
import { connected } from '../../support/server.js';
import { type Fleet, startFleet } from '../fleet/fleet-fixtures.js';
import { addCustomers, addExpansion, changes } from './expand-fixtures.js';

// Two servers are made and filled.
jest.setTimeout(120_000);

const customers = 5000;
let server: ReplicatedServer;
let replica: ReplicaServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await startReplicatedServer();
  const url = server.url('shop');
  await ensureDatabase(url);
  await migrateAndSeed(url, { seed: false, users: false });
  fleet = await startFleet([], {}, async () => ({
    url,
    query: (sql, values) => connected(url, async client => (await client.query(sql, values)).rows),
    drop: () => server.close(),
  }));
  await addExpansion(fleet, 'phone', changes.rename);
  await addCustomers(fleet, 'public', customers);
  replica = await server.addReplica();
  expect(await fleet.migrate('apply')).toMatchObject({ code: 0 });
  await replica.resume();
});
afterEach(endPrograms);
afterAll(() => fleet?.close());

const seen = async () => {
  const [note] = await fleet.database.query<{ rows: number }>('select rows_seen::int as rows from platform.backfills');
  return note!.rows;
};

const start = () => fleet.start('backfill', '--batch-size', '100', '--pause', '100', '--replica-lag', '500');

test('A backfill begins no batch while a replica is behind, ends on Ctrl-C then, and goes on when it has come up', async () => {
  await replica.pause();
  const stopped = start();
  await stopped.sees(/A replica is \d+\.\d s behind, and is waited for\./);
  const before = await seen();
  await sleep(2000);
  expect([await seen(), before < customers]).toEqual([before, true]);
  process.kill(-stopped.process.pid!, 'SIGINT');
  expect(await stopped.ends()).toBe(130);

  const program = start();
  await program.sees(/behind/);
  await replica.resume();
  expect(await program.ends()).toBe(0);
  expect([await seen(), await fleet.database.query('select from customers where phone is null')]).toEqual([
    customers,
    [],
  ]);
});
