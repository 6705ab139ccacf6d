import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import { customerId } from '../../seeders/sample-data.js';
import { withClient } from '../../src/database/with-client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { cottage, earth, pickedUp, place, shipped } from './order-fixtures.js';

// The ORM's own copy of the driver: the API's statements go through it.
const require = createRequire(createRequire(import.meta.url).resolve('@mikro-orm/postgresql'));
const { prototype } = (require('pg') as { Client: typeof Client }).Client;
const query = prototype.query as (...args: unknown[]) => unknown;

let app: TestApp;
/** What went to PostgreSQL, by round trips: statements that are sent while none is under way begin another. */
let trips: string[][] = [];
beforeAll(async () => {
  app = await startTestApp();
  await place(app);
  prototype.query = function (this: Client & { readyForQuery: boolean }, ...args: unknown[]) {
    const text = (args[0] as { text?: string }).text ?? String(args[0]);
    // What the server does on its own now and then, and what it asks of who sends a request, and keeps.
    if (!/^with due as|clock_timestamp|^listen |"sessionId"|"platform"."(tenants|mails|throttles)"/.test(text)) {
      if (this.readyForQuery) {
        trips.push([]);
      }
      trips.at(-1)!.push(text.trim().split(/\s+/, 1)[0]!);
    }
    return query.apply(this, args);
  } as typeof prototype.query;
});
afterAll(async () => {
  prototype.query = query as typeof prototype.query;
  await app.close();
});

/** The round trips of a placement, each with the first words of its statements. */
async function tripsOf(changes: object): Promise<string[]> {
  trips = [];
  await place(app, changes, 'id status version items { productName lineTotal { amount } } total { amount }');
  return trips.map(words => words.join(' '));
}

describe('A placement is three round trips: it looks up, writes and commits, and answers with what it wrote', () => {
  const items = [
    { sku: 'TOWEL-BEACH', quantity: 1 },
    { sku: 'FISH-BABEL', quantity: 1 },
  ];

  test('of an order that is shipped to an address of the customer’s', async () => {
    // The customer with a lock, the addresses, the products, the stock; the order with all that belongs to it, its pieces.
    expect(await tripsOf({ items })).toEqual(['begin select select select select', 'with with', 'commit']);
  });

  test('of an order that is picked up in a store', async () => {
    expect(await tripsOf(pickedUp)).toEqual(['begin select select select select select', 'with with', 'commit']);
  });

  test('under an idempotency key', async () => {
    const idempotencyKey = 'three trips';
    const trips = ['begin with select select select select', 'with update with', 'commit'];
    expect(await tripsOf({ idempotencyKey })).toEqual(trips);
  });

  test('with one more for each table that a new address is noted in', async () => {
    const shipments = [
      { addressId: cottage, items: [{ sku: 'TOWEL-BEACH', quantity: 1 }] },
      { newAddress: { ...earth, line1: '2 Lost Planet Road' } },
    ];
    // The country is asked for too. Then the address, that it is the customer's, the history, the customer's version.
    expect(await tripsOf({ shipments })).toEqual([
      'begin select select select select select',
      ...['insert', 'insert', 'insert', 'update'],
      'with with',
      'commit',
    ]);
  });
});

test('A placement that waited for its customer sees what whoever had the lock has left', async () => {
  await withClient(app.database.url, async other => {
    await other.query('begin');
    await other.query('select from customers where id = $1 for update', [customerId('arthur')]);
    await other.query('delete from customer_addresses where customer_id = $1', [customerId('arthur')]);
    const placing = app.change('placeOrder', { ...shipped, idempotencyKey: 'waits' }, 'order { id }');
    await waitUntilLocked(other);
    await other.query('commit');
    const { userErrors } = await placing;
    expect(userErrors.map(({ field, code }) => `${field}: ${code}`)).toEqual([
      'billingAddress.addressId: ADDRESS_OF_ANOTHER_CUSTOMER',
      'shipments.0.addressId: ADDRESS_OF_ANOTHER_CUSTOMER',
    ]);
  });
});

/** Waits until somebody waits for a lock. */
async function waitUntilLocked(client: Client): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await client.query(waiting)).rowCount === 0) {
    await setTimeout(10);
  }
}
