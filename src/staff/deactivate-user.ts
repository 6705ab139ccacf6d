import { withdrawTokens } from '../auth/account-tokens.js';
import { mailInvitation } from '../auth/invite.js';
import { checkManages } from '../auth/managed-roles.js';
import { endSessions } from '../auth/sessions.js';
import { User, UserState } from '../auth/user.entity.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { recordUserChange, snapshotOfUser } from '../history/record-user-change.js';
import { lockForChange } from '../lock-for-change.js';
import type { AppLink } from '../mail/account-mails.js';
import { ProblemCode, refused } from '../problems.js';
import type { ViewerUser } from '../viewer.js';
import { checkNotLast, lockOwners } from './last-owner.js';

/**
 * Lets somebody sign in no more: their sessions end, and an invitation is withdrawn. One who is deactivated stays so.
 * @throws RefusedInput OWN_ACCOUNT, ROLE_NOT_ALLOWED, LAST_OWNER, UNKNOWN_USER or VERSION_CONFLICT
 */
export async function deactivateUser(
  transaction: Transaction,
  viewer: ViewerUser,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  if (key === viewer.id) {
    const message = 'This is your own account; ask somebody else to deactivate it.';
    throw refused(ProblemCode.OWN_ACCOUNT, 'id', message, key);
  }
  const owners = await lockOwners(transaction);
  const user = await lockForChange(transaction, User, key, expectedVersion, ProblemCode.UNKNOWN_USER);
  checkManages(viewer, user.role, 'id', key);
  checkNotLast(owners, user, 'id');
  const before = snapshotOfUser(transaction, user);
  user.state = UserState.DEACTIVATED;
  recordUserChange(transaction, user, HistoryAction.DEACTIVATED, before);
  await endSessions(transaction, key, {});
  await withdrawTokens(transaction, key);
  return key;
}

/**
 * Lets somebody who was deactivated sign in again, with the password that they had; one who never chose any is invited
 * again. Anybody else stays as they are.
 * @throws RefusedInput ROLE_NOT_ALLOWED, UNKNOWN_USER or VERSION_CONFLICT
 */
export async function reactivateUser(
  transaction: Transaction,
  viewer: ViewerUser,
  link: AppLink,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const user = await lockForChange(transaction, User, key, expectedVersion, ProblemCode.UNKNOWN_USER);
  checkManages(viewer, user.role, 'id', key);
  if (user.state !== UserState.DEACTIVATED) {
    return key;
  }
  const before = snapshotOfUser(transaction, user);
  user.state = user.passwordHash === null ? UserState.INVITED : UserState.ACTIVE;
  recordUserChange(transaction, user, HistoryAction.REACTIVATED, before);
  if (user.state === UserState.INVITED) {
    await mailInvitation(transaction, link, user);
  }
  return key;
}
