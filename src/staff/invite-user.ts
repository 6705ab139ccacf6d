import { invite, mailInvitation } from '../auth/invite.js';
import { checkManages, reportUnmanaged } from '../auth/managed-roles.js';
import { userByEmail } from '../auth/sign-in.js';
import { User, UserState } from '../auth/user.entity.js';
import { checkUserValues, type UserValues } from '../auth/user-values.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction } from '../history/history-entry.entity.js';
import { recordUserChange, snapshotOfUser } from '../history/record-user-change.js';
import { lockForChange } from '../lock-for-change.js';
import type { AppLink } from '../mail/account-mails.js';
import type { Role } from '../permissions.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import type { ViewerUser } from '../viewer.js';

/** Somebody who is to work for the shop. */
export interface Invitee extends UserValues {
  email: string;
  name: string;
  role: Role;
}

/**
 * Invites somebody, and gives their key. Somebody who was invited before gets a new mail, and the values that are given now.
 * @throws RefusedInput with all that is wrong with the values, ROLE_NOT_ALLOWED or EMAIL_TAKEN
 */
export async function inviteUser(
  transaction: Transaction,
  viewer: ViewerUser,
  link: AppLink,
  { role, ...given }: Invitee,
): Promise<string> {
  const problems = new Problems();
  const { email, name, ...place } = checkUserValues(problems, given);
  reportUnmanaged(problems, viewer, role, 'role');
  problems.throwIfAny();
  const known = await userByEmail(transaction.reader, email!);
  if (known) {
    return inviteAgain(transaction, viewer, link, known.id, { name: name!, role, ...place });
  }
  const user = await invite(transaction, link, { email: email!, name: name!, role, ...place });
  recordUserChange(transaction, user, HistoryAction.CREATED, null);
  return user.id;
}

async function inviteAgain(
  transaction: Transaction,
  viewer: ViewerUser,
  link: AppLink,
  key: string,
  values: Partial<Pick<User, 'name' | 'role' | 'timeZone' | 'language'>>,
): Promise<string> {
  const user = await lockForChange(transaction, User, key, undefined, ProblemCode.UNKNOWN_USER);
  if (user.state !== UserState.INVITED) {
    const remedy =
      user.state === UserState.ACTIVE ? 'can sign in already' : 'was deactivated; let them back by `reactivateUser`';
    const message = `Somebody has this email address, and ${remedy}.`;
    throw refused(ProblemCode.EMAIL_TAKEN, 'email', message, key);
  }
  checkManages(viewer, user.role, 'email', key);
  const before = snapshotOfUser(transaction, user);
  Object.assign(user, values);
  recordUserChange(transaction, user, HistoryAction.UPDATED, before);
  await mailInvitation(transaction, link, user);
  return key;
}
