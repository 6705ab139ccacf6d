import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Notifications } from '../database/notifications.js';
import type { Reader } from '../database/reader.js';
import { platformSchema } from '../database/schemas.js';
import { OutboxRelay } from '../outbox/relay.js';
import { MailLog } from './mail-log.js';
import { MailOutbox } from './mail-outbox.js';

/** The channel on which a trigger of the table `mails` tells of new ones. */
const mailChannel = 'pier2_mails';

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
): Pick<OutboxRelay, 'start' | 'close'> | undefined {
  if (smtpUrl !== undefined) {
    const relay = new OutboxRelay(new MailOutbox({ smtpUrl, from }, logger), () => reader, logger);
    notifications.on(mailChannel, () => relay.wake(platformSchema));
    notifications.onConnected(() => relay.wake(platformSchema));
    return relay;
  }
  if (environment === 'development') {
    const log = new MailLog(reader, logger);
    notifications.on(mailChannel, id => void log.show(id));
  }
  return undefined;
}
