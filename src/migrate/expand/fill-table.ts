import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import pg from 'pg';
import { platformSchema } from '../../database/schemas.js';
import type { Asks } from '../fingerprint.js';
import { MigrateError } from '../migrate-error.js';
import type { ColumnChange } from './column-change.js';
import type { ReplicaLag } from './replica-lag.js';

/** How careful a backfill is. */
export interface BackfillPace {
  /** Rows of a batch at the most. */
  batchSize: number;
  /** Milliseconds between two batches of a table. */
  pause: number;
  /** Milliseconds that a batch waits for a row that somebody else has locked. */
  lockTimeout: number;
  /** Further tries of a batch that got no lock. */
  retries: number;
}

/** When no further batch is begun. */
export interface BackfillHolds {
  /** For good. */
  signal: AbortSignal;
  /** For the time being. */
  replicas: ReplicaLag;
}

/** The rows of one tenant that one change of a column concerns. */
export interface TableToFill {
  schema: string;
  tenant: string;
  expansion: string;
  change: ColumnChange;
}

/** Rows of a batch at first: how long they take is not known yet. */
const firstBatch = 100;

/** How long a batch should take, in milliseconds: who wants to write one of its rows waits for its end. */
const aim = 100;

const retryDelay = { first: 100, most: 5_000 };

/** No lock was to be had, or each of two waited for the other. */
const lockCodes = ['55P03', '40P01'];

/**
 * Fills the new columns of a table's rows that were there before their trigger, in the order of the primary key: each batch is
 * a transaction of its own that also moves the position, so whatever ends the process, the next one goes on behind it.
 * @param onBatch is told of the rows that a batch has gone through
 * @returns whether all rows are done
 */
export async function fillTable(
  client: pg.ClientBase,
  table: TableToFill,
  pace: BackfillPace,
  { signal, replicas }: BackfillHolds,
  onBatch: (rows: number) => void,
): Promise<boolean> {
  const key = await primaryKey(client, table);
  await begin(client, table);
  let size = Math.min(firstBatch, pace.batchSize);
  for (;;) {
    await replicas.wait(client, signal);
    if (signal.aborted) {
      return false;
    }
    const started = performance.now();
    const { rows, isLast } = await pRetry(() => fillBatch(client, table, key, size, pace.lockTimeout), {
      retries: pace.retries,
      minTimeout: retryDelay.first,
      maxTimeout: retryDelay.most,
      randomize: true,
      shouldRetry: ({ error }) => !signal.aborted && lockCodes.includes((error as { code?: string }).code ?? ''),
    });
    onBatch(rows);
    if (isLast) {
      return true;
    }
    size = nextSize(size, performance.now() - started, pace.batchSize);
    await sleep(pace.pause, undefined, { signal }).catch(() => {});
  }
}

/** As many rows as take the time that a batch should; at the most twice as many as before, since the first may be the quick ones. */
function nextSize(size: number, took: number, most: number): number {
  return Math.max(1, Math.min(most, 2 * size, Math.round((size * aim) / took)));
}

interface Key {
  /** Quoted, with commas. */
  columns: string;
  /** As text, which is how a position is kept. */
  texts: string;
  /** What `position` has, in the columns' types. */
  of: (position: string) => string;
  order: (direction: 'asc' | 'desc') => string;
}

async function primaryKey(client: pg.ClientBase, { schema, change }: TableToFill): Promise<Key> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k (attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = $1::regclass and i.indisprimary order by k.place`,
    [tableName(schema, change)],
  );
  if (rows.length === 0) {
    throw new MigrateError(`"${change.table}" has no primary key, by which its rows could be gone through.`);
  }
  const columns = rows.map(({ name }) => pg.escapeIdentifier(name));
  return {
    columns: columns.join(', '),
    texts: `array[${columns.map(column => `${column}::text`).join(', ')}]`,
    of: position => rows.map(({ type }, index) => `(${position})[${index + 1}]::${type}`).join(', '),
    order: direction => columns.map(column => `${column} ${direction}`).join(', '),
  };
}

/** Notes that it has begun; a tenant whose tables came from elsewhere, such as an archive, has no note yet. */
async function begin(client: pg.ClientBase, { schema, expansion }: TableToFill): Promise<void> {
  await client.query(
    `insert into ${platformSchema}.backfills as b (tenant_id, migration, started_at)
     select id, $2, clock_timestamp() from ${platformSchema}.tenants where schema = $1
     on conflict (tenant_id, migration) do update set started_at = coalesce(b.started_at, excluded.started_at)`,
    [schema, expansion],
  );
}

async function fillBatch(
  client: pg.ClientBase,
  table: TableToFill,
  key: Key,
  size: number,
  lockTimeout: number,
): Promise<{ rows: number; isLast: boolean }> {
  await client.query('begin');
  try {
    // Shorter than PostgreSQL's deadlock_timeout, so that of two who wait for each other it is never the program that fails.
    // By the key's index alone, since a plan for a table that is thought to be small would scan it.
    await client.query(`set local lock_timeout = ${lockTimeout}; set local enable_seqscan = off`);
    const batch = await nextBatch(client, table, key, size);
    if (batch === undefined) {
      throw new MigrateError(`The migration ${table.expansion} was taken back meanwhile.`);
    }
    const filled = batch.rows === 0 ? 0 : await fillRows(client, table, key, batch);
    const isLast = batch.rows < size;
    await client.query(
      `update ${platformSchema}.backfills set position = coalesce($3, position), rows_seen = rows_seen + $4,
         rows_filled = rows_filled + $5, finished_at = case when $6 then clock_timestamp() end
       where tenant_id = $1 and migration = $2`,
      [batch.tenant, table.expansion, batch.last, batch.rows, filled, isLast],
    );
    await client.query('commit');
    return { rows: batch.rows, isLast };
  } catch (error) {
    // A connection that broke has rolled back already.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

interface Batch {
  tenant: string;
  /** The key behind which it begins; null at the table's beginning. */
  position: string[] | null;
  /** Its last key; null when there is none. */
  last: string[] | null;
  rows: number;
}

/** The keys that come next. The position's row is locked, so that two who fill one table take turns. */
async function nextBatch(
  client: pg.ClientBase,
  { schema, expansion, change }: TableToFill,
  { columns, texts, of, order }: Key,
  size: number,
): Promise<Batch | undefined> {
  const { rows } = await client.query<Pick<Batch, 'tenant' | 'position'>>(
    `select b.tenant_id as tenant, b.position from ${platformSchema}.backfills b
     join ${platformSchema}.tenants t on t.id = b.tenant_id where t.schema = $1 and b.migration = $2 for update of b`,
    [schema, expansion],
  );
  const [noted] = rows;
  if (noted === undefined) {
    return undefined;
  }
  const isBehind = noted.position === null ? 'true' : `(${columns}) > (${of('$1::text[]')})`;
  const { rows: found } = await client.query<Pick<Batch, 'last' | 'rows'>>(
    `with batch as materialized (
       select ${columns} from ${tableName(schema, change)} where ${isBehind} order by ${order('asc')} limit ${size}
     )
     select (select ${texts} from batch order by ${order('desc')} limit 1) as last, count(*)::int as rows from batch`,
    noted.position === null ? [] : [noted.position],
  );
  return { ...noted, ...found[0]! };
}

/**
 * Writes the rows of a batch that are not filled, and gives their number. The value is the trigger's to make: a program that
 * wrote the row meanwhile is waited for, and what it wrote stays.
 */
async function fillRows(
  client: pg.ClientBase,
  { schema, change: { table, next } }: TableToFill,
  { columns, of }: Key,
  { position, last }: Batch,
): Promise<number> {
  const names = next.map(({ name }) => pg.escapeIdentifier(name));
  const isBehind = position === null ? '' : `and (${columns}) > (${of('$2::text[]')})`;
  const { rowCount } = await client.query(
    `update ${tableName(schema, { table })} set ${names.map(name => `${name} = ${name}`).join(', ')}
     where (${columns}) <= (${of('$1::text[]')}) ${isBehind} and ${isUnfilled(next)}`,
    position === null ? [last] : [last, position],
  );
  return rowCount ?? 0;
}

/** Fills all rows of a table at once, in a schema that nobody else sees. */
export async function fillAtOnce(client: Asks, schema: string, { table, next }: ColumnChange): Promise<void> {
  const names = next.map(({ name }) => pg.escapeIdentifier(name));
  await client.query(
    `update ${tableName(schema, { table })} set ${names.map(name => `${name} = ${name}`).join(', ')} where ${isUnfilled(next)}`,
  );
}

/** Whether a row has something in the old column and nothing in the new ones, in SQL. */
function isUnfilled(next: ColumnChange['next']): string {
  const names = next.map(({ name }) => pg.escapeIdentifier(name));
  return `num_nonnulls(${names.join(', ')}) = 0 and num_nonnulls(${next.map(({ value }) => value).join(', ')}) > 0`;
}

function tableName(schema: string, { table }: Pick<ColumnChange, 'table'>): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}
