import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EntitySchema } from '@mikro-orm/core';
import { tenantContext } from '../../../src/migrate/tenant-migrator.js';
import { MigrationWorker } from '../../../src/migrate/worker.js';
import { type Fleet, landed, schemaOf, startFleet } from './fleet-fixtures.js';

jest.setTimeout(120_000);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet(['arthur', 'ford', 'trillian']);
});
afterAll(() => fleet.close());

test('a run over shops remembers as much after many as after one', async () => {
  const patience = { whenLocked: 'wait', lockTimeout: 5000, retries: 0, retryDelay: 0, statementTimeout: 0 } as const;
  const worker = await MigrationWorker.start(fleet.database.url, tenantContext, patience, new AbortController().signal);
  const backAndForth = async (shop: string) => {
    for (const verb of ['down', 'up'] as const) {
      expect(await worker.migrate(verb, schemaOf(shop), [landed])).toMatchObject({ kind: 'done' });
    }
    // The ORM keeps each description of a table that it has ever made.
    return EntitySchema.REGISTRY.size;
  };
  const afterOne = await backAndForth('arthur');
  expect(await backAndForth('ford')).toBe(afterOne);
  expect(await backAndForth('trillian')).toBe(afterOne);
  await worker.close();
  expect(new Set(Object.values(await fleet.versions()))).toEqual(new Set([landed]));
});
