import { LockMode } from '@mikro-orm/core';
import type { RequestContext } from '../context.js';
import type { Reader } from '../database/reader.js';
import type { Transaction } from '../database/transactions.js';
import { emailKey } from '../email.js';
import { ProblemCode, refused, type RefusedInput } from '../problems.js';
import { networkOf } from './network.js';
import { isPassword } from './passwords.js';
import { type OpenSession, startSession } from './sessions.js';
import { countAttempts, forgetAttempts, type Limit } from './throttle.js';
import { User, UserState } from './user.entity.js';

/** Where an account stands. */
type Schema = Pick<RequestContext['tenant'], 'schema'>;

/** Attempts to sign in to one account, whether there is one or not. */
const attemptsOfAccount: Limit = { name: 'login account', most: 10, minutes: 15 };

/** Attempts to sign in from one network address, to whatever accounts. */
const attemptsOfAddress: Limit = { name: 'login address', most: 100, minutes: 15 };

/**
 * Signs somebody in. What it answers, and how long it takes, does not tell whether there is such an account.
 * @throws RefusedInput INVALID_CREDENTIALS or TOO_MANY_ATTEMPTS
 */
export async function signIn(
  { tenant, reader, transact, client, accounts }: RequestContext,
  email: string,
  password: string,
): Promise<OpenSession> {
  const attempt = await countAttempts(reader, [
    [attemptsOfAccount, accountOf(tenant, email)],
    [attemptsOfAddress, networkOf(client.address)],
  ]);
  const user = await userByEmail(reader, email);
  const hash = user?.state === UserState.ACTIVE ? user.passwordHash : null;
  // Verified before anything else is looked at, so that it takes its time for nobody too.
  const fits = await isPassword(hash, password);
  if (!user || !fits) {
    throw invalidCredentials();
  }
  const session = await transact(async transaction => {
    await checkUnchanged(transaction, user.id, hash);
    return startSession(transaction, user.id, client, accounts.sessionDays);
  });
  // Many people sign in from one address behind a NAT, so what succeeds is not counted against it.
  await Promise.all([attempt.forget(attemptsOfAccount), attempt.giveBack(attemptsOfAddress)]);
  return session;
}

/** Lets somebody try anew to sign in, since they have shown in another way that it is them. */
export function forgetSignIns(reader: Reader, tenant: Schema, email: string): Promise<void> {
  return forgetAttempts(reader, attemptsOfAccount, accountOf(tenant, email));
}

/**
 * Makes sure that a user is as they were when their password was verified, and stays so until the end of the transaction:
 * hashing takes a while, in which they may be deactivated or get another password, and all their sessions end.
 * @throws RefusedInput INVALID_CREDENTIALS
 */
async function checkUnchanged({ em }: Transaction, id: string, hash: string | null): Promise<void> {
  const user = await em.findOne(User, id, { lockMode: LockMode.PESSIMISTIC_READ });
  if (user?.state !== UserState.ACTIVE || user.passwordHash !== hash) {
    throw invalidCredentials();
  }
}

function invalidCredentials(): RefusedInput {
  return refused(
    ProblemCode.INVALID_CREDENTIALS,
    null,
    'Nobody who can sign in has this email address and this password; check both, or reset the password by `requestPasswordReset`.',
  );
}

/** What attempts are counted for: an account, whether there is one or not. */
export function accountOf({ schema }: Schema, email: string): string {
  return `${schema} ${plainEmail(email)}`;
}

/** An email address as it is looked for and counted by, so that no other way to write it gives another ten attempts. */
export function plainEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** Somebody by the email address that they sign in by. */
export async function userByEmail(
  reader: Reader,
  email: string,
): Promise<Pick<User, 'id' | 'state' | 'passwordHash'> | undefined> {
  const users = reader.table(User);
  const [user] = await reader.run<Pick<User, 'id' | 'state' | 'passwordHash'>>(
    `select u.${users.column('id')} as id, u.${users.column('state')} as state, u.${users.column('passwordHash')} as "passwordHash"
     from ${users.name} u where ${emailKey(`u.${users.column('email')}`)} = ${emailKey('$1::text')}`,
    [plainEmail(email)],
  );
  return user;
}
