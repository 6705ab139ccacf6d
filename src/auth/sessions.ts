import type { Transaction } from '../database/transactions.js';
import { LockMode } from '@mikro-orm/core';
import { ProblemCode, refused } from '../problems.js';
import { hashOf, newToken } from './random-token.js';
import { RefreshToken, Session } from './session.entity.js';

/** Where somebody signs in from, as far as it is known. */
export interface Client {
  address: string | undefined;
  userAgent: string | undefined;
}

/** A session with a fresh token that renews it. */
export interface OpenSession {
  user: string;
  session: string;
  refreshToken: string;
}

const maxUserAgent = 300;

const day = 24 * 60 * 60 * 1000;

/** How long sessions that are over are kept for their user to see, in days. */
const daysKept = 30;

/** Begins a session of a user, and removes those of theirs that were over long ago. */
export async function startSession(
  transaction: Transaction,
  user: string,
  { address, userAgent }: Client,
  days: number,
): Promise<OpenSession> {
  const { em } = transaction;
  await em.nativeDelete(Session, { user, expiresAt: { $lt: new Date(Date.now() - daysKept * day) } });
  const session = em.create(
    Session,
    {
      user,
      expiresAt: new Date(Date.now() + days * day),
      address: address ?? null,
      userAgent: userAgent?.slice(0, maxUserAgent).toWellFormed() ?? null,
    },
    { partial: true },
  );
  em.persist(session);
  // The token refers to the session, and the ORM need not find that out.
  await em.flush();
  return addToken(transaction, user, session.id);
}

/**
 * Replaces a session's token by the next one. Who uses one that was replaced already has stolen it, or it was stolen from
 * them; nobody can tell which, so the session ends, and the answer is whose it was.
 * @throws RefusedInput INVALID_TOKEN
 */
export async function renewSession(
  transaction: Transaction,
  token: string,
  days: number,
): Promise<OpenSession | { reusedOf: string }> {
  const { em } = transaction;
  const found = await em.findOne(RefreshToken, { hash: hashOf(token) }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const session = found && (await em.findOne(Session, found.session.id, { lockMode: LockMode.PESSIMISTIC_WRITE }));
  if (!found || !session || session.endedAt || session.expiresAt <= new Date()) {
    throw invalidRefreshToken();
  }
  if (found.replacedAt) {
    session.endedAt = new Date();
    return { reusedOf: session.user.id };
  }
  found.replacedAt = new Date();
  session.lastUsedAt = new Date();
  session.expiresAt = new Date(Date.now() + days * day);
  return addToken(transaction, session.user.id, session.id);
}

/** What a refresh token that cannot be used is refused with. */
export function invalidRefreshToken() {
  return refused(
    ProblemCode.INVALID_TOKEN,
    'refreshToken',
    'The refresh token is unknown, was used already, or its session is over; sign in again by `login`.',
  );
}

/** Ends sessions of a user that are not over: one, or all but one. Gives how many. */
export async function endSessions(
  { em }: Transaction,
  user: string,
  which: { id?: string; except?: string | undefined },
): Promise<number> {
  return em.nativeUpdate(
    Session,
    {
      user,
      endedAt: null,
      ...(which.id !== undefined && { id: which.id }),
      ...(which.except !== undefined && { id: { $ne: which.except } }),
    },
    { endedAt: new Date() },
  );
}

function addToken({ em, showTo }: Transaction, user: string, session: string): OpenSession {
  // Until now nobody has signed in.
  showTo(user);
  const refreshToken = newToken();
  em.persist(em.create(RefreshToken, { hash: hashOf(refreshToken), session }));
  return { user, session, refreshToken };
}
