import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../database/transactions.js';
import type { Reader } from '../database/reader.js';
import { ProblemCode, refused } from '../problems.js';
import { AccountToken, AccountTokenPurpose } from './account-token.entity.js';
import { hashOf, newToken } from './random-token.js';
import { User, UserState } from './user.entity.js';

/** How long a token that was sent by mail is good for, in minutes. */
export const minutesGood: Record<AccountTokenPurpose, number> = {
  [AccountTokenPurpose.ACTIVATE]: 7 * 24 * 60,
  [AccountTokenPurpose.RESET_PASSWORD]: 60,
};

/** The state of those whom a token of each purpose serves. */
const stateServed: Record<AccountTokenPurpose, UserState> = {
  [AccountTokenPurpose.ACTIVATE]: UserState.INVITED,
  [AccountTokenPurpose.RESET_PASSWORD]: UserState.ACTIVE,
};

/**
 * A new token for a user. It takes the place of the one before, so that nobody has more than one of a purpose: that is
 * also why expired ones need not be looked for in thousands of shops.
 */
export async function issueToken({ em }: Transaction, user: User, purpose: AccountTokenPurpose): Promise<string> {
  await em.nativeDelete(AccountToken, { user: user.id, purpose });
  const token = newToken();
  const expiresAt = new Date(Date.now() + minutesGood[purpose] * 60_000);
  em.persist(em.create(AccountToken, { hash: hashOf(token), user, purpose, expiresAt }));
  return token;
}

/** Makes all tokens of a user useless. */
export async function withdrawTokens({ em }: Transaction, user: string): Promise<void> {
  await em.nativeDelete(AccountToken, { user });
}

/**
 * Looks whether a token could be used, before a password is hashed for it: that costs time, and anybody may ask for it.
 * @throws RefusedInput INVALID_TOKEN
 */
export async function checkToken(reader: Reader, token: string, purpose: AccountTokenPurpose): Promise<void> {
  await userOfToken(reader, token, purpose);
}

/**
 * Uses a token up, and gives its user, locked until the end of the transaction.
 * @throws RefusedInput INVALID_TOKEN
 */
export async function takeToken(
  { em, reader }: Transaction,
  token: string,
  purpose: AccountTokenPurpose,
): Promise<User> {
  // The user is locked before the token, as by those who issue one.
  const user = await em.findOne(User, await userOfToken(reader, token, purpose), {
    lockMode: LockMode.PESSIMISTIC_WRITE,
  });
  const used = await em.nativeDelete(AccountToken, { hash: hashOf(token), purpose });
  if (used === 0 || user?.state !== stateServed[purpose]) {
    throw invalidAccountToken();
  }
  return user;
}

async function userOfToken(reader: Reader, token: string, purpose: AccountTokenPurpose): Promise<string> {
  const tokens = reader.table(AccountToken);
  const t = (name: keyof AccountToken) => `t.${tokens.column(name)}`;
  const [row] = await reader.run<{ user: string }>(
    `select ${t('user')} as user from ${tokens.name} t
     where ${t('hash')} = $1::text and ${t('purpose')} = $2::text and ${t('expiresAt')} > now()`,
    [hashOf(token), purpose],
  );
  if (!row) {
    throw invalidAccountToken();
  }
  return row.user;
}

function invalidAccountToken() {
  return refused(
    ProblemCode.INVALID_TOKEN,
    'token',
    'The token is unknown, was used or replaced by another, or has expired; ask for a new mail.',
  );
}
