import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { Mail, MailState } from './mail.entity.js';

/** The channel on which a trigger of the table `mails` tells of new ones. */
export const mailChannel = 'pier2_mails';

/** Mails that one process has under way at the most. */
const mostSent = 5;

/** How long a mail that was begun is left to who began it, in seconds. */
const lease = 120;

/** How long one mail may take, in milliseconds: shorter than the lease, so that nobody else sends it meanwhile. */
const patience = 90_000;

/** How often mails are looked for without news, in milliseconds; those that failed come due without any. */
const pollInterval = 5_000;

/** How long after a mail comes due it is looked for, in milliseconds: a timer that is early, or a rounded instant, finds none. */
const margin = 20;

/** How long the mail server has to answer when the process ends, in milliseconds. */
const farewell = 1_000;

/** After so many failures a mail is dead. */
const mostAttempts = 10;

/** Milliseconds before the second attempt; each further one waits twice as long, up to an hour: about four hours in all. */
const firstRetryDelay = 60_000;

/** Characters of what went wrong that are kept. */
const maxError = 500;

/** How mails are sent. */
export interface MailSettings {
  smtpUrl: string;
  from: string;
  /** Milliseconds before the second attempt, for tests. */
  retryDelay?: number;
}

type Due = Pick<Row<Mail>, 'id' | 'recipient' | 'subject' | 'body' | 'attempts'>;

/** What became of an attempt. */
interface Outcome {
  state: MailState;
  /** Attempts that count. */
  attempts: number;
  error: string | null;
  /** Milliseconds until the next attempt. */
  delay: number;
}

/**
 * Sends the mails of the outbox, at least once each. Several processes may do so at once: who takes a mail has it for a
 * time, within one short statement, and nobody holds a transaction open while the mail server is spoken to. When a process
 * dies, others take over what it had once that time is over.
 */
export class MailRelay {
  readonly #transport: Transporter<SMTPPool.SentMessageInfo>;
  readonly #sending = new Set<Promise<void>>();
  readonly #ended = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #nextLook = Infinity;
  #looking: Promise<void> = Promise.resolve();

  /** @param reader of any schema, since all mails stand in `platform` */
  constructor(
    private readonly reader: Reader,
    private readonly settings: MailSettings,
    private readonly logger: Logger,
  ) {
    this.#transport = createTransport({
      url: settings.smtpUrl,
      pool: true,
      maxConnections: mostSent,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
      // Nothing of a mail is to be read from a file or the web.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // What fails is told of where it was sent; a server that closes an idle connection is none of it.
    this.#transport.on('error', error => logger.debug({ err: error }, 'a connection to the mail server broke'));
  }

  /** Begins to send. */
  start(): void {
    this.#lookIn(0);
  }

  /** Looks for mails at once. */
  wake(): void {
    this.#lookIn(0);
  }

  /** Ends. What the mail server does not take at once is handed on, as if it had not begun. */
  async close(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#timer);
    await this.#looking;
    const sending = Promise.all(this.#sending);
    await Promise.race([sending, sleep(farewell, undefined, { ref: false })]);
    // The types do not know of it yet: without `force` it waits for the mail server's answer.
    (this.#transport.transporter as unknown as { close(options: { force: boolean }): void }).close({ force: true });
    await sending;
  }

  /** Looks within so many milliseconds. */
  #lookIn(delay: number): void {
    const at = Date.now() + delay;
    if (this.#ended.signal.aborted || at >= this.#nextLook) {
      return;
    }
    clearTimeout(this.#timer);
    this.#nextLook = at;
    this.#timer = setTimeout(() => {
      this.#nextLook = Infinity;
      this.#looking = this.#looking.then(() => this.#look());
    }, delay);
  }

  /** Begins what is due, without waiting for its end. */
  async #look(): Promise<void> {
    try {
      const room = mostSent - this.#sending.size;
      for (const mail of room > 0 ? await this.#claim(room) : []) {
        const sent = this.#send(mail).finally(() => {
          this.#sending.delete(sent);
          // Behind what has ended, more may wait.
          this.wake();
        });
        this.#sending.add(sent);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'could not look for mails');
    }
    this.#lookIn(pollInterval);
  }

  /** Takes mails that are due. */
  #claim(most: number): Promise<Due[]> {
    const { mails, m } = this.#columns();
    return this.reader.run<Due>(
      `with due as (
         select c.${m('id')} as id from ${mails.name} c
         where c.${m('state')} = '${MailState.PENDING}' and c.${m('nextAttemptAt')} <= now()
         order by c.${m('nextAttemptAt')} limit $1::int for update skip locked)
       update ${mails.name} t set ${m('attempts')} = t.${m('attempts')} + 1, ${m('nextAttemptAt')} = now() + interval '${lease} seconds'
       from due where t.${m('id')} = due.id
       returning t.${m('id')} as id, t.${m('recipient')} as recipient, t.${m('subject')} as subject, t.${m('body')} as body,
         t.${m('attempts')} as attempts`,
      [most],
    );
  }

  async #send(mail: Due): Promise<void> {
    const outcome = await this.#attempt(mail);
    try {
      await this.#note(mail, outcome);
    } catch (error) {
      // Once its time is over it is sent again: at least once, and here twice.
      this.logger.warn({ err: error }, 'could not note what became of a mail');
    }
    if (outcome.delay < pollInterval) {
      // A timer of its own: the next look may come before it, and would forget it.
      setTimeout(() => this.wake(), outcome.delay + margin).unref();
    }
  }

  async #attempt({ id, recipient, subject, body, attempts }: Due): Promise<Outcome> {
    const inTime = new AbortController();
    try {
      await Promise.race([
        this.#transport.sendMail({
          from: this.settings.from,
          // As an object, since a text is taken apart: "a,b@shop.example" would be two.
          to: { name: '', address: recipient },
          subject,
          text: body,
          // The same for each attempt, so that a mail that comes twice can be known.
          messageId: `<${id}@pier2>`,
          headers: { 'auto-submitted': 'auto-generated' },
        }),
        sleep(patience, undefined, { signal: inTime.signal, ref: false }).then(() => {
          throw new Error(`The mail server took more than ${patience / 1000} seconds.`);
        }),
      ]);
      return { state: MailState.SENT, attempts, error: null, delay: 0 };
    } catch (error) {
      if (this.#ended.signal.aborted) {
        return { state: MailState.PENDING, attempts: attempts - 1, error: null, delay: 0 };
      }
      const message = (error as Error).message.slice(0, maxError).toWellFormed();
      const state = attempts >= mostAttempts ? MailState.DEAD : MailState.PENDING;
      this.logger.warn({ mail: id, attempts, state, reason: message }, 'could not send a mail');
      return { state, attempts, error: message, delay: this.#delayAfter(attempts) };
    } finally {
      inTime.abort();
    }
  }

  /** Twice as long after each failure, and up to a fifth more, so that what failed together does not come back together. */
  #delayAfter(attempts: number): number {
    const delay = Math.min((this.settings.retryDelay ?? firstRetryDelay) * 2 ** (attempts - 1), 3_600_000);
    return delay * (1 + Math.random() / 5);
  }

  /** Notes it by the database's clock, unless somebody else has taken the mail since. */
  async #note({ id, attempts }: Due, outcome: Outcome): Promise<void> {
    const { mails, m } = this.#columns();
    await this.reader.run(
      `update ${mails.name} set ${m('state')} = $3::text, ${m('attempts')} = $4::int, ${m('lastError')} = $5::text,
         ${m('nextAttemptAt')} = now() + $6::float8 * interval '1 millisecond',
         ${m('body')} = case $3::text when '${MailState.SENT}' then '' else ${m('body')} end
       where ${m('id')} = $1::uuid and ${m('attempts')} = $2::int and ${m('state')} = '${MailState.PENDING}'`,
      [id, attempts, outcome.state, outcome.attempts, outcome.error, outcome.delay],
    );
  }

  #columns() {
    const mails = this.reader.table(Mail);
    return { mails, m: (name: keyof Mail) => mails.column(name) };
  }
}
