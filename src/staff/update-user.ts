import { withdrawTokens } from '../auth/account-tokens.js';
import { mailInvitation } from '../auth/invite.js';
import { checkManages, reportUnmanaged } from '../auth/managed-roles.js';
import { userByEmail } from '../auth/sign-in.js';
import { User, UserState } from '../auth/user.entity.js';
import { checkUserValues, type UserValues } from '../auth/user-values.js';
import type { Transaction } from '../database/transactions.js';
import { quote } from '../errors.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { recordUserChange, snapshotOfUser } from '../history/record-user-change.js';
import { lockForChange } from '../lock-for-change.js';
import type { AppLink } from '../mail/account-mails.js';
import type { Role } from '../permissions.js';
import { ProblemCode, Problems } from '../problems.js';
import type { ViewerUser } from '../viewer.js';
import { checkNotLast, lockOwners } from './last-owner.js';

/** What of a user somebody else changes. */
export interface StaffValues extends UserValues {
  role?: Role | null;
}

/**
 * Changes somebody of those whom the viewer manages.
 * @throws RefusedInput with all that is wrong with the values, ROLE_NOT_ALLOWED, LAST_OWNER, EMAIL_TAKEN, UNKNOWN_USER or
 *   VERSION_CONFLICT
 */
export async function updateUser(
  transaction: Transaction,
  viewer: ViewerUser,
  link: AppLink,
  key: string,
  expectedVersion: number | undefined,
  { role, ...given }: StaffValues,
): Promise<string> {
  const owners = role === undefined ? [] : await lockOwners(transaction);
  const user = await lockForChange(transaction, User, key, expectedVersion, ProblemCode.UNKNOWN_USER);
  checkManages(viewer, user.role, 'id', key);
  const problems = new Problems();
  const values = checkUserValues(problems, given);
  if (role === null) {
    problems.add(ProblemCode.REQUIRED, 'role', 'role is empty; give it, or leave it out to keep it.');
  } else if (role !== undefined) {
    reportUnmanaged(problems, viewer, role, 'role');
  }
  const owner = values.email ? await userByEmail(transaction.reader, values.email) : undefined;
  if (owner && owner.id !== key) {
    const message = `Somebody else has the email address ${quote(values.email)}.`;
    problems.add(ProblemCode.EMAIL_TAKEN, 'email', message);
  }
  problems.throwIfAny(key);
  if (role && role !== user.role) {
    checkNotLast(owners, user, 'role');
  }
  const before = snapshotOfUser(transaction, user);
  const movesMail = values.email !== undefined && values.email !== user.email;
  Object.assign(user, { ...values, ...(role && { role }) });
  recordUserChange(transaction, user, HistoryAction.UPDATED, before);
  if (movesMail) {
    await moveTokens(transaction, link, user);
  }
  return key;
}

/**
 * Changes the viewer themselves. What they are to the shop, and the address that they sign in by, others change.
 * @throws RefusedInput with all that is wrong with the values, or VERSION_CONFLICT
 */
export async function updateMe(
  transaction: Transaction,
  { id }: ViewerUser,
  expectedVersion: number | undefined,
  given: Pick<UserValues, 'name' | 'timeZone' | 'language'>,
): Promise<string> {
  const user = await lockForChange(transaction, User, id, expectedVersion, ProblemCode.UNKNOWN_USER);
  const problems = new Problems();
  const values = checkUserValues(problems, given);
  problems.throwIfAny(id);
  const before = snapshotOfUser(transaction, user);
  Object.assign(user, values);
  recordUserChange(transaction, user, HistoryAction.UPDATED, before);
  return id;
}

/** Tokens that were sent to an address that was wrong, or is somebody else's by now, are good for nothing. */
async function moveTokens(transaction: Transaction, link: AppLink, user: User): Promise<void> {
  await withdrawTokens(transaction, user.id);
  if (user.state === UserState.INVITED) {
    await mailInvitation(transaction, link, user);
  }
}
