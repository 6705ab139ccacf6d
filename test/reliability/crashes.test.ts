import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { acquireEmbeddedPostgres } from '../../src/database/embedded/index.js';
import { shipped } from '../orders/order-fixtures.js';
import { type Caller, signedIn } from '../support/app.js';
import { endPrograms, type Program, run } from '../support/process.js';
import { connected } from '../support/server.js';

const placements = 500;
const clients = 20;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-crash-'));
});
afterEach(async () => {
  await endPrograms();
  if (existsSync(join(folder, 'data'))) {
    await (await acquireEmbeddedPostgres({ folder })).release();
  }
  await rm(folder, { recursive: true });
});

/** The API with a PostgreSQL of its own that writes to the disk as in production. */
function start(): Program {
  const args = ['--import', '@oxc-node/core/register', 'src/main.ts'];
  return run(process.execPath, args, { PORT: '0', LOG_LEVEL: 'silent', EMBEDDED_POSTGRES_FOLDER: folder });
}

/** The shop's owner, signed in to the API that a program serves. */
async function ownerOf(program: Program): Promise<Caller> {
  const [, url] = await program.sees(/GraphQL\s+(\S+)\/graphql[^]*Stop/);
  return signedIn(url!);
}

const mutation = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } userErrors { message } } }`;

/** Places the order of a number and gives its id; undefined when nobody can say whether it was placed. */
async function place(owner: Caller, number: number): Promise<string | undefined> {
  const idempotencyKey = `crash-${number}`;
  const input = {
    ...shipped,
    idempotencyKey,
    items: [
      { sku: 'TOWEL-BEACH', quantity: 1 },
      { sku: 'FISH-BABEL', quantity: 1 },
    ],
  };
  try {
    const { data } = await owner.send(mutation, { input });
    return data?.placeOrder?.order?.id;
  } catch {
    return undefined;
  }
}

/** Places all orders that nobody has acknowledged yet, and keeps the API's word on each. */
async function placeAll(
  owner: Caller,
  acknowledged: Map<number, string>,
  onPlaced: () => void = () => {},
): Promise<void> {
  const left = Array.from({ length: placements }, (_, number) => number).filter(number => !acknowledged.has(number));
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        const id = await place(owner, number);
        if (id !== undefined) {
          acknowledged.set(number, id);
          onPlaced();
        }
      }
    }),
  );
}

/** Every order that was acknowledged is there once with all that belongs to it, and no other is. */
async function expectAllOnce(databaseUrl: string, acknowledged: Map<number, string>): Promise<void> {
  await connected(databaseUrl, async client => {
    const { rows: orders } = await client.query<{ key: string; id: string }>(
      `select k.key, 'Order_' || o.id as id from orders o left join idempotency_keys k on k.order_id = o.id where o.placed_at > '2026-01-01'`,
    );
    expect(orders).toHaveLength(acknowledged.size);
    expect(new Map(orders.map(({ key, id }) => [Number(key.slice('crash-'.length)), id]))).toEqual(
      new Map([...acknowledged].sort()),
    );
    const { rows: partial } = await client.query(
      `select o.id from orders o where o.placed_at > '2026-01-01' and (
         (select count(*) from order_items i where i.order_id = o.id) <> 2
         or (select count(*) from order_shipping_addresses a where a.order_id = o.id) <> 1
         or (select count(*) from history h where h.subject = o.id) <> 1)`,
    );
    expect(partial).toEqual([]);
    const { rows: wrong } = await client.query(
      `select s.id from stock_levels s where s.reserved <> coalesce((
         select sum(i.quantity) from order_items i join orders o on o.id = i.order_id
         where i.product_id = s.product_id and o.status in ('PENDING', 'IN_PROGRESS')
           and (case o.fulfilment when 'PICK_UP' then o.store_id end) is not distinct from s.store_id), 0)`,
    );
    expect(wrong).toEqual([]);
  });
}

/** Lets more goods lie in the warehouse than will be ordered, and gives the database's URL. */
async function fillWarehouse(): Promise<string> {
  const server = await acquireEmbeddedPostgres({ folder });
  const url = server.url('pier2');
  await connected(url, client => client.query('update stock_levels set on_hand = on_hand + 1000'));
  await server.release();
  return url;
}

async function postmaster(): Promise<number> {
  return Number((await readFile(join(folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('In the middle of 500 placements,', () => {
  test('when the server is killed, every acknowledged order is there once and whole, and the others can be sent again', async () => {
    const first = start();
    const owner = await ownerOf(first);
    const databaseUrl = await fillWarehouse();
    const acknowledged = new Map<number, string>();
    await placeAll(owner, acknowledged, () => {
      if (acknowledged.size === 120) {
        process.kill(first.process.pid!, 'SIGKILL');
      }
    });
    expect(acknowledged.size).toBeLessThan(placements);
    const second = start();
    await placeAll(await ownerOf(second), acknowledged);
    expect(acknowledged.size).toBe(placements);
    await expectAllOnce(databaseUrl, acknowledged);
  }, 120_000);

  test('when PostgreSQL is killed, every acknowledged order is there once and whole after its recovery', async () => {
    const first = start();
    const owner = await ownerOf(first);
    await fillWarehouse();
    const acknowledged = new Map<number, string>();
    const killed = await postmaster();
    await placeAll(owner, acknowledged, () => {
      if (acknowledged.size === 120) {
        process.kill(killed, 'SIGKILL');
      }
    });
    expect(acknowledged.size).toBeLessThan(placements);
    process.kill(first.process.pid!, 'SIGTERM');
    await first.ends();
    const second = start();
    await placeAll(await ownerOf(second), acknowledged);
    expect(acknowledged.size).toBe(placements);
    const server = await acquireEmbeddedPostgres({ folder });
    await expectAllOnce(server.url('pier2'), acknowledged);
    await server.release();
  }, 120_000);

  test('when a session of PostgreSQL is killed and it recovers by itself, the server goes on without a restart', async () => {
    const program = start();
    const owner = await ownerOf(program);
    const databaseUrl = await fillWarehouse();
    const acknowledged = new Map<number, string>();
    const session = new pg.Client(databaseUrl);
    session.on('error', () => {});
    await session.connect();
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await placeAll(owner, acknowledged, () => {
      if (acknowledged.size === 120) {
        process.kill(rows[0]!.pid, 'SIGKILL');
      }
    });
    while (acknowledged.size < placements) {
      await sleep(50);
      await placeAll(owner, acknowledged);
    }
    await expectAllOnce(databaseUrl, acknowledged);
  }, 120_000);
});
