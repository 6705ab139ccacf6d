import type { Transaction } from '../database/transactions.js';
import { LockMode } from '@mikro-orm/core';
import { Permission } from '../permissions.js';
import { ProblemCode, refused } from '../problems.js';
import type { Viewer } from '../viewer.js';
import { checkManages } from './managed-roles.js';
import { Session } from './session.entity.js';
import { endSessions } from './sessions.js';
import { User } from './user.entity.js';

/**
 * Ends a session: one's own, or for those who manage users also theirs. One that is over stays so. Gives whose it was.
 * @throws RefusedInput UNKNOWN_SESSION or ROLE_NOT_ALLOWED
 */
export async function revokeSession(
  transaction: Transaction,
  { user, permissions }: Viewer,
  key: string,
): Promise<string> {
  const { em } = transaction;
  const session = await em.findOne(Session, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const isOwn = session?.user.id === user!.id;
  if (!session || !(isOwn || permissions.has(Permission.USERS_MANAGE))) {
    // Others' sessions are none of their business, so not even that there is one.
    throw refused(ProblemCode.UNKNOWN_SESSION, 'id', 'There is no session of this id.');
  }
  if (!isOwn) {
    const { role } = await em.findOneOrFail(User, session.user.id);
    checkManages(user!, role, 'id', key);
  }
  await endSessions(transaction, session.user.id, { id: key });
  return session.user.id;
}
