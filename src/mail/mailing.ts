import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Notifications } from '../database/notifications.js';
import type { Reader } from '../database/reader.js';
import { MailLog } from './mail-log.js';
import { mailChannel, MailRelay } from './relay.js';

/**
 * What becomes of the mails of the outbox: with a mail server they are sent; without one they stay, and in development
 * they are shown.
 * @returns the relay, to be started and closed with the process; undefined without a mail server
 */
export function createMailing(
  { mail: { smtpUrl, from }, environment }: Pick<Config, 'mail' | 'environment'>,
  reader: Reader,
  notifications: Notifications,
  logger: Logger,
): MailRelay | undefined {
  if (smtpUrl !== undefined) {
    const relay = new MailRelay(reader, { smtpUrl, from }, logger);
    notifications.on(mailChannel, () => relay.wake());
    notifications.onConnected(() => relay.wake());
    return relay;
  }
  if (environment === 'development') {
    const log = new MailLog(reader, logger);
    notifications.on(mailChannel, id => void log.show(id));
  }
  return undefined;
}
