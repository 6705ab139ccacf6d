import { isDeepStrictEqual } from 'node:util';
import { newId } from '../database/new-id.js';
import type { Transaction } from '../database/transactions.js';
import { type FieldChange, type HistoryAction, HistoryEntry, type HistorySubject } from './history-entry.entity.js';
import { type Snapshot, snapshotOf } from './snapshot.js';

/** An object with a history. */
export interface Versioned {
  id: string;
  version: number;
}

/**
 * Writes what a change did to an object into the history, and gives the object its next version; a new one has no
 * `before` and keeps version 1. A change that changes nothing leaves no trace.
 */
export function recordChange(
  transaction: Transaction,
  subjectType: HistorySubject,
  object: Versioned,
  action: HistoryAction,
  before: Snapshot | null,
  after: Snapshot = snapshotOf(transaction, object),
): void {
  const { em } = transaction;
  const changes = changesBetween(before ?? {}, after);
  if (changes.length === 0) {
    return;
  }
  if (before) {
    object.version += 1;
  }
  em.persist(em.create(HistoryEntry, entryOf(transaction, subjectType, object, action, changes)));
}

/** The entry of a new object, for those who write it by a statement of their own. */
export function entryOfNew(
  transaction: Transaction,
  subjectType: HistorySubject,
  object: Versioned,
  action: HistoryAction,
  after: Snapshot,
) {
  return { id: newId(), ...entryOf(transaction, subjectType, object, action, changesBetween({}, after)) };
}

function entryOf(
  { actor }: Transaction,
  subjectType: HistorySubject,
  { id, version }: Versioned,
  action: HistoryAction,
  changes: FieldChange[],
) {
  return { subjectType, subject: id, version, actor: actor.name, user: actor.user, action, changes };
}

function changesBetween(before: Snapshot, after: Snapshot): FieldChange[] {
  return Object.keys({ ...before, ...after })
    .map(field => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
    .filter(change => !isDeepStrictEqual(change.before, change.after));
}
