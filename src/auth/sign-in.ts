import type { RequestContext } from '../context.js';
import type { Reader } from '../database/reader.js';
import { emailKey } from '../email.js';
import { ProblemCode, refused, type RefusedInput } from '../problems.js';
import { isPassword } from './passwords.js';
import { type OpenSession, startSession } from './sessions.js';
import { countAttempt, forgetAttempts, type Limit } from './throttle.js';
import { User, UserState } from './user.entity.js';

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
  const account = `${tenant.schema} ${email.trim().toLowerCase()}`;
  // Both are counted, so that neither hides the other.
  const waits = await Promise.all([
    countAttempt(reader, attemptsOfAccount, account),
    countAttempt(reader, attemptsOfAddress, client.address ?? ''),
  ]);
  const until = waits.filter(wait => wait !== undefined).sort((a, b) => b.getTime() - a.getTime())[0];
  if (until) {
    throw tooManyAttempts(until);
  }
  const user = await userByEmail(reader, email);
  const canSignIn = user?.state === UserState.ACTIVE;
  if (!(await isPassword(canSignIn ? user.passwordHash : null, password))) {
    throw refused(
      ProblemCode.INVALID_CREDENTIALS,
      null,
      'Nobody who can sign in has this email address and this password; check both, or reset the password by `requestPasswordReset`.',
    );
  }
  await forgetAttempts(reader, attemptsOfAccount, account);
  return transact(transaction => startSession(transaction, user!.id, client, accounts.sessionDays));
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
    [email.trim()],
  );
  return user;
}

/** What is refused that was tried too often. */
export function tooManyAttempts(until: Date): RefusedInput {
  const seconds = Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000));
  return refused(
    ProblemCode.TOO_MANY_ATTEMPTS,
    null,
    `It was tried too often; try again in ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
  );
}
