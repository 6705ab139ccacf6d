import type { Transaction } from '../database/transactions.js';
import { type AppLink, invitationMail } from '../mail/account-mails.js';
import { writeMail } from '../mail/write-mail.js';
import type { Role } from '../permissions.js';
import { AccountTokenPurpose } from './account-token.entity.js';
import { issueToken, minutesGood } from './account-tokens.js';
import { User } from './user.entity.js';

/** Somebody who is to get an account, their values checked (see ./user-values.ts). */
export interface Invited {
  email: string;
  name: string;
  role: Role;
  timeZone?: string | undefined;
  language?: string | undefined;
}

/**
 * Makes an account for somebody, who gets a mail with a token to choose a password with: all of it in the transaction,
 * so that nobody is invited to what was not made. It knows nothing of who may invite whom.
 */
export async function invite(transaction: Transaction, link: AppLink, person: Invited): Promise<User> {
  const { em } = transaction;
  const { email, name, role, timeZone = 'UTC', language = 'en' } = person;
  const user = em.create(User, { email, name, role, timeZone, language }, { partial: true });
  em.persist(user);
  await mailInvitation(transaction, link, user);
  return user;
}

/** Sends somebody who was invited a mail with a new token; the token before is good for nothing any more. */
export async function mailInvitation(transaction: Transaction, link: AppLink, user: User): Promise<void> {
  const token = await issueToken(transaction, user, AccountTokenPurpose.ACTIVATE);
  const days = minutesGood[AccountTokenPurpose.ACTIVATE] / (24 * 60);
  writeMail(transaction, user.email, invitationMail(user, link, token, days));
}
