import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { Catalogue } from '../../../src/migrate/lint/catalogue.js';
import type { Finding } from '../../../src/migrate/lint/finding.js';
import { lintMigration, type PredictedStatement } from '../../../src/migrate/lint/lint-migration.js';
import { isAtLeast, type LockMode, lockModes, strongerOf } from '../../../src/migrate/lint/lock-modes.js';
import { loadParser } from '../../../src/migrate/lint/parser.js';
import type { Runner } from '../../../src/migrate/lint/rule.js';
import { createBareDatabase, type TestDatabase } from '../../support/database.js';

/** The tables that the migrations of these tests find, with rows. */
const shop = `
create table customers (id uuid primary key, email text, number int not null);
create table stores (id uuid primary key, name text not null, code varchar(10));
create table orders (
  id uuid primary key, number int not null, customer_id uuid references customers, store_id uuid, note varchar(100),
  code char(5), total numeric(10, 2), placed_at timestamptz(3), state text not null default 'OPEN',
  constraint orders_total_check check (total >= 0)
);
create index orders_store_index on orders (store_id);
insert into customers select gen_random_uuid(), n || '@x', n from generate_series(1, 5) n;
insert into stores select gen_random_uuid(), 'Store ' || n, 'S' || n from generate_series(1, 5) n;
insert into orders select gen_random_uuid(), n, null, null, 'note ' || n, 'abc', 1.50, now() from generate_series(1, 5) n;`;

export interface Situation {
  /** What earlier migrations have done besides making the shop's tables. */
  before?: string;
  schema?: 'tenant' | 'platform';
  isTransactional?: boolean;
  runner?: Runner;
  /** How the server refuses it. */
  fails?: RegExp;
  /** Why the server is not asked: what it would need is not there. */
  withoutServer?: string;
}

/** What is foretold is what PostgreSQL 18 does; an older server is not asked. */
const foretoldVersion = 180_000;

let database: TestDatabase;
let client: pg.Client;
let knowsAll: boolean;

/**
 * Lets a file's tests ask a server whether it takes the locks and writes the rows anew that were foretold. It does so for
 * each statement that is tested, in a transaction that is rolled back.
 */
export function askServer(): void {
  beforeAll(async () => {
    database = await createBareDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    knowsAll = rows[0]!.version >= foretoldVersion;
    // Somewhere else than UTC, where PostgreSQL takes timestamps with and without time zone for the same.
    await client.query(`set time zone 'Asia/Kathmandu'`);
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
}

/** Expects exactly these findings, and that the server does what was foretold. */
export async function expectFinding(
  rules: string | string[],
  sql: string,
  situation: Situation = {},
): Promise<Finding[]> {
  const { findings, statements } = await lint(sql, situation);
  expect({ sql, found: findings.map(({ rule }) => rule) }).toEqual({ sql, found: [rules].flat() });
  await expectForetold(sql, statements, situation);
  return findings;
}

/** Expects no finding, and that the server does what was foretold. */
export async function expectClean(sql: string, situation: Situation = {}): Promise<void> {
  await expectFinding([], sql, situation);
}

/** Checks SQL as a migration that comes after the shop's tables. */
export async function lint(
  sql: string,
  { before = '', schema = 'tenant', isTransactional = true, runner = 'pier2' }: Situation,
) {
  const parser = await loadParser();
  const catalogue = new Catalogue();
  parser.parse(shop + before).forEach(({ node }) => catalogue.apply(node));
  const migration = { name: 'test', file: 'test.sql', isTransactional, up: [{ sql, line: 1 }], down: [] };
  return lintMigration({ migration, source: sql, file: 'test.sql', schema, runner }, catalogue, parser);
}

/** What happens to a table, of what matters to others: a lock that they notice, and what is done with all rows meanwhile. */
type Happening = Record<string, { lock: LockMode; rewrites: boolean; scans: boolean }>;

async function expectForetold(sql: string, statements: PredictedStatement[], situation: Situation): Promise<void> {
  if (situation.isTransactional === false || situation.withoutServer || !knowsAll) {
    return;
  }
  const seen = await happeningOf(sql, situation);
  const foretold: Happening = {};
  for (const { table, lock, rewrites, scans } of statements.flatMap(({ effects }) => effects)) {
    const known = foretold[table];
    foretold[table] = {
      lock: known ? strongerOf(known.lock, lock) : lock,
      rewrites: rewrites || (known?.rewrites ?? false),
      scans: scans || (known?.scans ?? false),
    };
  }
  if (seen) {
    expect({ sql, locks: noticed(foretold, seen.tables) }).toEqual({
      sql,
      locks: noticed(seen.happening, seen.tables),
    });
  }
}

function noticed(happening: Happening, tables: string[]): Happening {
  const isNoticed = ([table, { lock }]: [string, { lock: LockMode }]) =>
    tables.includes(table) && isAtLeast(lock, 'SHARE UPDATE EXCLUSIVE');
  return Object.fromEntries(Object.entries(happening).filter(isNoticed));
}

/** Runs SQL on the server and gives what happened to the tables that were there before; nothing where it refused it. */
async function happeningOf(
  sql: string,
  { before = '', fails }: Situation,
): Promise<{ tables: string[]; happening: Happening } | undefined> {
  await client.query('create schema tenant; set search_path = tenant');
  try {
    await client.query(shop + before);
    const tables = await rows<{ oid: number; name: string; file: number }>(
      `select oid, relname as name, relfilenode as file from pg_class
       where relnamespace = 'tenant'::regnamespace and relkind in ('r', 'p', 'm')`,
    );
    await client.query('begin');
    const scansBefore = await rowsRead();
    if (fails) {
      await expect(client.query(sql)).rejects.toThrow(fails);
      return undefined;
    }
    await client.query(sql);
    const locks = await rows<{ oid: number; mode: string }>(
      `select relation as oid, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'`,
    );
    const files = await rows<{ oid: number; file: number }>('select oid, relfilenode as file from pg_class');
    const scans = await rowsRead();
    const happening: Happening = {};
    for (const { oid, name, file } of tables) {
      const modes = locks.filter(lock => lock.oid === oid).map(({ mode }) => modeNames[mode]!);
      if (modes.length > 0) {
        const now = files.find(other => other.oid === oid);
        happening[name] = {
          lock: modes.reduce(strongerOf),
          rewrites: now !== undefined && now.file !== file,
          scans: (scans.get(oid) ?? 0) > (scansBefore.get(oid) ?? 0),
        };
      }
    }
    return { tables: tables.map(({ name }) => name), happening };
  } finally {
    await client.query('rollback');
    await client.query('drop schema tenant cascade');
  }
}

/** How many rows of each table this connection has read in scans of all of them. */
async function rowsRead(): Promise<Map<number, number>> {
  const read = await rows<{ oid: number; read: string }>(
    'select relid as oid, seq_tup_read as read from pg_stat_xact_user_tables',
  );
  return new Map(read.map(({ oid, read: count }) => [oid, Number(count)]));
}

async function rows<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  return (await client.query<Row>(sql)).rows;
}

/** The names that `pg_locks` has for locks. */
const modeNames: Record<string, LockMode> = Object.fromEntries(
  lockModes.map(mode => [
    `${mode.toLowerCase().replaceAll(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase())}Lock`,
    mode,
  ]),
);
