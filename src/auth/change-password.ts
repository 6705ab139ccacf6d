import { LockMode } from '@mikro-orm/core';
import type { RequestContext } from '../context.js';
import { passwordChangedMail } from '../mail/account-mails.js';
import { writeMail } from '../mail/write-mail.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import { withdrawTokens } from './account-tokens.js';
import { checkPassword, hashPassword, isPassword } from './passwords.js';
import { endSessions } from './sessions.js';
import { countAttempts, type Limit } from './throttle.js';
import { User } from './user.entity.js';
import { userById } from './user.loaders.js';

/** Attempts to change one's password: who has only stolen an access token must not guess the password here. */
const attemptsToChange: Limit = { name: 'change password', most: 10, minutes: 15 };

/**
 * Gives the viewer another password, and ends all of their other sessions.
 * @throws RefusedInput INVALID_PASSWORD, INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS
 */
export async function changePassword(
  { tenant, viewer, reader, loaders, transact, accounts }: RequestContext,
  current: string,
  password: string,
): Promise<void> {
  const problems = new Problems();
  checkPassword(problems, 'newPassword', password);
  problems.throwIfAny();
  const { id, sessionId } = viewer.user!;
  const attempt = await countAttempts(reader, [[attemptsToChange, `${tenant.schema} ${id}`]]);
  const verified = (await loaders.load(userById, id))?.passwordHash;
  if (!(await isPassword(verified, current))) {
    throw wrongPassword();
  }
  const passwordHash = await hashPassword(password);
  await transact(async transaction => {
    const user = await transaction.em.findOneOrFail(User, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (user.passwordHash !== verified) {
      // It was changed elsewhere meanwhile, by somebody who perhaps wanted this one to hold no more.
      throw wrongPassword();
    }
    user.passwordHash = passwordHash;
    await endSessions(transaction, id, { except: sessionId });
    await withdrawTokens(transaction, id);
    writeMail(transaction, user.email, passwordChangedMail(user, { appUrl: accounts.appUrl, tenant: tenant.name }));
  });
  await attempt.forget(attemptsToChange);
}

function wrongPassword() {
  return refused(ProblemCode.INVALID_CREDENTIALS, 'currentPassword', 'currentPassword is not your password.');
}
