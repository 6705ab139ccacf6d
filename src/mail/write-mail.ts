import type { Transaction } from '../database/transactions.js';
import { Mail } from './mail.entity.js';

/** What a mail says. */
export interface MailText {
  subject: string;
  body: string;
}

/** Writes a mail to somebody. It is sent when the transaction that it tells of was committed, and not at all otherwise. */
export function writeMail({ em }: Pick<Transaction, 'em'>, recipient: string, { subject, body }: MailText): void {
  em.persist(em.create(Mail, { schema: em.schema!, recipient, subject: oneLine(subject), body }, { partial: true }));
}

/**
 * A text of somebody's as it may stand in a line of a mail: a name with line breaks would begin lines, or headers, of its
 * own.
 */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
