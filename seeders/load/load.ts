import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import type { LoadArguments } from './arguments.js';
import { copyRows, type Value } from '../../src/database/copy-rows.js';
import { LoadError } from './errors.js';
import { countingOnce } from './figures.js';
import type { Part } from './part.js';
import { partsOf } from './parts.js';
import { Shop } from './shop.js';
import { loadStock } from './stock.js';
import { volumesFor } from './volumes.js';

/** Things that are made and copied together; a batch is all that memory holds, here and in the server. */
const batchSize = 2000;

/** What triggers keep of orders. */
const keptFigures = ['order_figures', 'order_figure_changes', 'in_store_times'];

/** How many rows each table got, by its name. */
export type LoadedRows = Map<string, number>;

/**
 * Fills a schema with a shop of the asked size.
 * All in one transaction, so a failure, a Ctrl-C or a lost connection leaves nothing behind.
 * @param onProgress is told of each batch
 * @throws LoadError when tables are missing or this load was made before
 */
export async function load(
  client: pg.Client,
  { orders, randomSeed, schema }: LoadArguments,
  onProgress: (count: number, part: Part, total: number) => void = () => {},
): Promise<LoadedRows> {
  const shop = new Shop(randomSeed, volumesFor(orders));
  const parts = partsOf(shop);
  const tables = [...parts.flatMap(part => part.tables.map(({ name }) => name)), 'stock_levels', ...keptFigures];
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const loaded: LoadedRows = new Map();
  const copyParts = async () => {
    for (const part of parts) {
      let next = makeThings(part, 0);
      for (let made = 0; made < part.count; made += batchSize) {
        const things = await next;
        next = makeThings(part, made + batchSize);
        await copyThings(client, schema, part, things, loaded);
        if (isPowerOfEight(made / batchSize + 1)) {
          await analyze(client, schema, part);
        }
        onProgress(things.length, part, total);
      }
    }
  };
  await refuseMissingTables(client, schema, tables);
  await inTransaction(client, async () => {
    await refuseSecondLoad(client, schema, shop);
    await countingOnce(client, schema, copyParts);
    loaded.set('stock_levels', await loadStock(client, schema));
  });
  // Vacuum too, or autovacuum would start on its own amid whatever the load was made for.
  for (const table of tables) {
    await client.query(`vacuum (analyze) ${qualified(schema, table)}`);
  }
  return loaded;
}

/** The rows of a batch, made in small helpings, so that the server works on the batch before meanwhile. */
async function makeThings(part: Part, start: number): Promise<Value[][][][]> {
  const end = Math.min(start + batchSize, part.count);
  const things: Value[][][][] = [];
  for (let number = start; number < end; number += 1) {
    things.push(part.rowsOf(number));
    if (things.length % 50 === 0) {
      await setImmediate();
    }
  }
  return things;
}

async function copyThings(
  client: pg.Client,
  schema: string,
  part: Part,
  things: Value[][][][],
  loaded: LoadedRows,
): Promise<void> {
  for (const [index, table] of part.tables.entries()) {
    const rows = things.flatMap(rowsByTable => rowsByTable[index]!);
    await copyRows(client, { schema, ...table }, rows);
    loaded.set(table.name, (loaded.get(table.name) ?? 0) + rows.length);
  }
  // Checks the batch now: else the server would keep in memory what it has to check at commit, for every order.
  await client.query('set constraints all immediate');
  await client.query('set constraints all deferred');
}

/** Makes the server plan its checks of foreign keys and orders anew: it would keep plans for the tables as they were when empty. */
async function analyze(client: pg.Client, schema: string, { tables }: Part): Promise<void> {
  await client.query(`analyze ${tables.map(({ name }) => qualified(schema, name)).join(', ')}`);
}

function isPowerOfEight(count: number): boolean {
  return Number.isInteger(Math.log2(count) / 3);
}

async function refuseMissingTables(client: pg.Client, schema: string, tables: string[]): Promise<void> {
  const missing = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) name where to_regclass(name) is null',
    [tables.map(table => qualified(schema, table))],
  );
  if (missing.rows.length > 0) {
    throw new LoadError(`The table ${missing.rows[0]!.name} is missing. Run "npx mikro-orm migration:up" first.`);
  }
}

async function refuseSecondLoad(client: pg.Client, schema: string, shop: Shop): Promise<void> {
  // A second load that starts now waits here until the first has ended, and then sees its rows.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('seed:load ' || $1, 0))`, [schema]);
  const found = await client.query(`select from ${qualified(schema, 'stores')} where id = $1`, [shop.storeIds[0]]);
  if (found.rowCount !== 0) {
    throw new LoadError(
      `The schema "${schema}" already holds the load of the random seed ${shop.randomSeed}. ` +
        `Give another --random-seed to add to it, or load into an empty database.`,
    );
  }
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    // A lost connection has rolled back already, and its error says more than the failure of this statement would.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

function qualified(schema: string, table: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}
