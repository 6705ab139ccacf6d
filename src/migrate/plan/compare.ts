import type { Effect } from '../lint/effects.js';
import { isAtLeast, type LockMode } from '../lint/lock-modes.js';
import type { Difference, SeenEffects, TableEffect } from './rehearsed.js';
import type { TableState, TransactionState } from './transaction-state.js';

/** The weakest lock that counts: what only reads and writes rows takes others, which keep nobody out. */
export const weakest: LockMode = 'SHARE UPDATE EXCLUSIVE';

/** What a statement did, as the states of its transaction before and after it differ. */
export function effectsSeen(
  before: TransactionState,
  after: TransactionState,
  milliseconds: number,
): Omit<SeenEffects, 'locks'> & { locks: { table: string; lock: LockMode }[] } {
  const tables = [...after.tables].map(([oid, now]) => {
    const then = before.tables.get(oid) ?? untouched;
    return { table: then.name ?? now.name ?? String(oid), then, now };
  });
  // A table that is truncated or dropped has its counts taken back.
  const grown = (now: number, then: number) => Math.max(now - then, 0);
  return {
    milliseconds,
    locks: tables.flatMap(({ table, then, now }) =>
      now.lock && !(then.lock && isAtLeast(then.lock, now.lock)) ? [{ table, lock: now.lock }] : [],
    ),
    rewrites: tables.filter(({ then, now }) => isRewritten(then, now)).map(({ table }) => table),
    scans: tables
      .filter(({ then, now }) => now.scans > then.scans)
      .map(({ table, then, now }) => ({ table, rows: grown(now.read, then.read) })),
    rows: tables
      .map(({ table, then, now }) => ({
        table,
        inserted: grown(now.inserted, then.inserted),
        updated: grown(now.updated, then.updated),
        deleted: grown(now.deleted, then.deleted),
      }))
      .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0),
    walBytes: Number(after.logEnd - before.logEnd),
  };
}

/** A table of another schema, which is looked at only once it is locked. */
const untouched: Omit<TableState, 'file'> & { file: undefined } = {
  name: undefined,
  lock: undefined,
  file: undefined,
  scans: 0,
  read: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
};

function isRewritten(then: TableState | typeof untouched, now: TableState): boolean {
  // A dropped table has no file any more, and one of another schema was not looked at before.
  return then.file !== undefined && now.name !== undefined && then.file !== now.file;
}

/**
 * The tables for which something else was seen than foretold. A lock that the transaction held already cannot be told from one
 * that the statement takes, so only what it lacks is a difference there.
 */
export function differencesOf(
  foretold: readonly Effect[],
  seen: Pick<SeenEffects, 'rewrites' | 'scans'>,
  before: TransactionState,
  after: TransactionState,
): Difference[] {
  const differences: Difference[] = [];
  for (const [oid, then] of before.tables) {
    const table = then.name;
    const now = after.tables.get(oid);
    if (table === undefined || now === undefined) {
      continue;
    }
    const effect = foretold.find(other => other.table === table);
    const isTaken = now.lock !== then.lock;
    const wanted = noticed(effect?.lock);
    const held = noticed(now.lock);
    if (wanted === null && !(isTaken && held !== null)) {
      continue;
    }
    const scan = seen.scans.find(other => other.table === table);
    const summary = {
      foretold: { lock: wanted, rewrites: effect?.rewrites ?? false, scans: effect?.scans ?? false },
      seen: {
        lock: isTaken || wanted === null || held === null ? held : weakerOf(held, wanted),
        rewrites: seen.rewrites.includes(table),
        // Of an empty table it cannot be told whether it was read as a whole or looked into.
        scans: scan !== undefined && (scan.rows > 0 || (effect?.scans ?? false)),
      },
    };
    // What is dropped has no file to compare.
    if (now.name === undefined) {
      summary.seen.rewrites = summary.foretold.rewrites;
    }
    if (!areEqual(summary.foretold, summary.seen)) {
      differences.push({ table, ...summary });
    }
  }
  return differences;
}

function noticed(lock: LockMode | undefined): LockMode | null {
  return lock && isAtLeast(lock, weakest) ? lock : null;
}

function weakerOf(lock: LockMode, other: LockMode): LockMode {
  return isAtLeast(lock, other) ? other : lock;
}

function areEqual(one: TableEffect, other: TableEffect): boolean {
  return one.lock === other.lock && one.rewrites === other.rewrites && one.scans === other.scans;
}
