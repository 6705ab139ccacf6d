import { setTimeout as sleep } from 'node:timers/promises';
import { LockMode } from '@mikro-orm/core';
import type { RequestContext } from '../context.js';
import type { Transaction } from '../database/transactions.js';
import { type AppLink, passwordChangedMail, passwordResetMail } from '../mail/account-mails.js';
import { writeMail } from '../mail/write-mail.js';
import { Problems } from '../problems.js';
import { AccountTokenPurpose } from './account-token.entity.js';
import { checkToken, issueToken, minutesGood, takeToken, withdrawTokens } from './account-tokens.js';
import { networkOf } from './network.js';
import { checkPassword, hashPassword } from './passwords.js';
import { endSessions } from './sessions.js';
import { accountOf, forgetSignIns, userByEmail } from './sign-in.js';
import { countAttempts, type Limit } from './throttle.js';
import { User, UserState } from './user.entity.js';

/** Mails that one account gets, whether there is one or not. */
const requestsOfAccount: Limit = { name: 'reset account', most: 5, minutes: 60 };

/** Mails that are asked for from one network address. */
const requestsOfAddress: Limit = { name: 'reset address', most: 50, minutes: 60 };

/**
 * How long a request takes at least, in milliseconds: many times what it takes to write a mail. Without it, the time would
 * tell whether one was written.
 */
const leastTime = 300;

/**
 * Mails somebody a token to choose another password with. What it answers, and how long it takes, does not tell whether
 * there is such an account.
 * @throws RefusedInput TOO_MANY_ATTEMPTS
 */
export async function requestPasswordReset(context: RequestContext, email: string): Promise<void> {
  const { tenant, reader, client } = context;
  await countAttempts(reader, [
    [requestsOfAccount, accountOf(tenant, email)],
    [requestsOfAddress, networkOf(client.address)],
  ]);
  await Promise.all([mailReset(context, email), sleep(leastTime)]);
}

async function mailReset({ reader, transact, accounts, tenant }: RequestContext, email: string): Promise<void> {
  const found = await userByEmail(reader, email);
  if (found?.state === UserState.ACTIVE) {
    const link = { appUrl: accounts.appUrl, tenant: tenant.name };
    await transact(transaction => mailToken(transaction, found.id, link));
  }
}

async function mailToken(transaction: Transaction, id: string, link: AppLink): Promise<void> {
  const user = await transaction.em.findOneOrFail(User, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (user.state === UserState.ACTIVE) {
    const token = await issueToken(transaction, user, AccountTokenPurpose.RESET_PASSWORD);
    const minutes = minutesGood[AccountTokenPurpose.RESET_PASSWORD];
    writeMail(transaction, user.email, passwordResetMail(user, link, token, minutes));
  }
}

/**
 * Gives somebody another password by the token that was mailed to them, ends all of their sessions, and gives their key.
 * @throws RefusedInput INVALID_PASSWORD or INVALID_TOKEN
 */
export async function resetPassword(
  { tenant, reader, transact, accounts }: RequestContext,
  token: string,
  password: string,
): Promise<string> {
  const problems = new Problems();
  checkPassword(problems, 'password', password);
  problems.throwIfAny();
  await checkToken(reader, token, AccountTokenPurpose.RESET_PASSWORD);
  const passwordHash = await hashPassword(password);
  const { id, email } = await transact(async transaction => {
    const user = await takeToken(transaction, token, AccountTokenPurpose.RESET_PASSWORD);
    user.passwordHash = passwordHash;
    await endSessions(transaction, user.id, {});
    await withdrawTokens(transaction, user.id);
    writeMail(transaction, user.email, passwordChangedMail(user, { appUrl: accounts.appUrl, tenant: tenant.name }));
    return user;
  });
  // Whoever guessed passwords meanwhile must not keep them out.
  await forgetSignIns(reader, tenant, email);
  return id;
}
