import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import { Mail } from '../mail/mail.entity.js';
import { removeOldAttempts } from './throttle.js';

/** How often it is done, in milliseconds. */
const interval = 10 * 60_000;

/** How long mails are kept, in days: longer than any link in them is good for. */
const daysOfMails = 30;

/**
 * Removes now and then what nobody needs any more and nothing else removes: counts of attempts, of which whoever guesses
 * email addresses makes one each, and old mails, which hold addresses of people. Both stand in the schema `platform`, so one
 * look does for all shops. Each process does it; that several do costs little and needs no agreement. Account tokens are no
 * part of it: a user has one of each purpose at the most (see ./account-tokens.ts).
 */
export class Housekeeping {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(
    private readonly reader: Reader,
    private readonly logger: Logger,
    /** What else is removed now and then. */
    private readonly removeMore: () => Promise<unknown> = async () => {},
  ) {}

  /** Begins, for the first time after a while, so that a start is not slowed down. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#working = this.clean();
    }, interval).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Does it once. */
  async clean(): Promise<void> {
    const mails = this.reader.table(Mail);
    try {
      await removeOldAttempts(this.reader);
      await this.reader.run(
        `delete from ${mails.name} where ${mails.column('createdAt')} < now() - interval '${daysOfMails} days'`,
        [],
      );
      await this.removeMore();
    } catch (error) {
      this.logger.warn({ err: error }, 'could not remove what is old');
    }
  }
}
