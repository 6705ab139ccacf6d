import pLimit from 'p-limit';
import pg from 'pg';
import { withClient } from '../../database/with-client.js';
import type { Build } from '../build.js';
import type { Asks } from '../fingerprint.js';
import { MigrateError } from '../migrate-error.js';
import { exists, readTenants, type Selection } from '../tenants.js';
import { type BackfillHolds, type BackfillPace, fillTable, type TableToFill } from './fill-table.js';
import { readPairs } from './pairs.js';
import { finishedBackfills } from './progress.js';
import { ReplicaLag } from './replica-lag.js';

/** What is filled, and how carefully. */
export interface BackfillOptions extends BackfillPace {
  tenants: Selection;
  /** Tenants that are filled at once. */
  parallel: number;
  /** Milliseconds that a replica may be behind; no batch is begun while one is farther. */
  replicaLag: number;
  /** After which no further batch is begun. */
  signal: AbortSignal;
  /** Is told of the rows that were gone through, and of about how many there are. */
  onProgress: (rows: number, of: number) => void;
  /** Is told by how many milliseconds a replica is behind, when it begins to be waited for. */
  onLag: (milliseconds: number) => void;
}

/** What became of the rows of one tenant and one change. */
export interface FilledTable {
  tenant: string;
  migration: string;
  table: string;
  /** Rows that this run went through. */
  rows: number;
  outcome: { kind: 'done' | 'interrupted' } | { kind: 'failed'; reason: string };
}

/** What a backfill came to. */
export interface BackfillReport {
  /** Each that had something to do. */
  tables: FilledTable[];
  seconds: number;
}

/** Fills the columns that tenants' migrations have added in place of others. What fails is told in the report. */
export async function backfill(url: string, build: Build, options: BackfillOptions): Promise<BackfillReport> {
  const started = performance.now();
  const work = await withClient(url, client => tablesToFill(client, build, options.tenants));
  const total = work.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  const onBatch = (rows: number) => {
    done += rows;
    options.onProgress(done, Math.max(total, done));
  };
  const holds = { signal: options.signal, replicas: new ReplicaLag(options.replicaLag, options.onLag) };
  const limit = pLimit(options.parallel);
  const tables = await limit.map(work, ({ table }) => fill(url, table, options, holds, onBatch));
  return { tables, seconds: Math.round(performance.now() - started) / 1000 };
}

async function fill(
  url: string,
  table: TableToFill,
  pace: BackfillPace,
  holds: BackfillHolds,
  onBatch: (rows: number) => void,
): Promise<FilledTable> {
  const { tenant, expansion, change } = table;
  let rows = 0;
  const count = (more: number) => {
    rows += more;
    onBatch(more);
  };
  const outcome = await outcomeOf(url, table, pace, holds, count);
  return { tenant, migration: expansion, table: change.table, rows, outcome };
}

async function outcomeOf(
  url: string,
  table: TableToFill,
  pace: BackfillPace,
  holds: BackfillHolds,
  onBatch: (rows: number) => void,
): Promise<FilledTable['outcome']> {
  if (holds.signal.aborted) {
    return { kind: 'interrupted' };
  }
  try {
    const isDone = await withClient(url, client => fillTable(client, table, pace, holds, onBatch), {
      application_name: 'pier2 migrate backfill',
    });
    return { kind: isDone ? 'done' : 'interrupted' };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

/** What tenants have to fill, each with about how many rows that is: PostgreSQL's last count. */
async function tablesToFill(
  client: Asks,
  build: Build,
  selection: Selection,
): Promise<{ table: TableToFill; rows: number }[]> {
  if (!(await exists(client, 'backfills'))) {
    throw new MigrateError('The platform lacks its own migrations; run "npx pier2 migrate apply" first.');
  }
  const { changes, contracts } = await readPairs(build.tenant);
  const finished = await finishedBackfills(client, [...changes.keys()]);
  const contractOf = new Map(Array.from(contracts.values(), ({ expansion, migration }) => [expansion, migration]));
  const tenants = await readTenants(client, selection, build.tenant);
  const tables = tenants.flatMap(({ name, schema, seen }) =>
    Array.from(changes, ([expansion, change]) => ({ tenant: name, schema, expansion, change })).filter(
      ({ expansion }) =>
        seen.includes(expansion) && !seen.includes(contractOf.get(expansion) ?? '') && !finished.has(schema, expansion),
    ),
  );
  const sizes = await readSizes(client, tables);
  return tables.map((table, index) => ({ table, rows: sizes[index]! }));
}

async function readSizes(client: Asks, tables: readonly TableToFill[]): Promise<number[]> {
  const { rows } = await client.query<{ rows: number }>(
    `select greatest(c.reltuples, 0)::float8 as rows
     from unnest($1::text[]) with ordinality t (name, place) join pg_class c on c.oid = t.name::regclass order by t.place`,
    [tables.map(({ schema, change }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(change.table)}`)],
  );
  return rows.map(row => row.rows);
}
