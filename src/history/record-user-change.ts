import type { User } from '../auth/user.entity.js';
import type { Transaction } from '../database/transactions.js';
import { type HistoryAction, HistorySubject } from './history-entry.entity.js';
import { recordChange } from './record-change.js';
import { type Snapshot, snapshotOf } from './snapshot.js';

/** A user's values as the history keeps them: never the hash of their password. */
export function snapshotOfUser(transaction: Transaction, user: User): Snapshot {
  const { passwordHash: _, ...values } = snapshotOf(transaction, user);
  return values;
}

/** Writes what a change did to a user into the history. */
export function recordUserChange(
  transaction: Transaction,
  user: User,
  action: HistoryAction,
  before: Snapshot | null,
): void {
  recordChange(transaction, HistorySubject.USER, user, action, before, snapshotOfUser(transaction, user));
}
