import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { platformSchema } from '../database/schemas.js';
import type { Outbox, Outcome } from '../outbox/relay.js';
import { Mail, MailState } from './mail.entity.js';

/** Mails that one process has under way at the most. */
const mostSent = 5;

/** How long a mail that was begun is left to who began it, in seconds. */
const lease = 120;

/** How long one mail may take, in milliseconds: shorter than the lease, so that nobody else sends it meanwhile. */
const patience = 90_000;

/** How often mails are looked for without news, in milliseconds. */
const pollInterval = 5_000;

/** After so many failures a mail is dead. */
const mostAttempts = 10;

/** Milliseconds before the second attempt; with ten attempts the last is about four hours after the first. */
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

/** The mails of all shops, which stand in the schema `platform`, and the mail server that they go to. */
export class MailOutbox implements Outbox<Due, Mail> {
  readonly what = 'mails';
  readonly entity = Mail;
  readonly mostSent = mostSent;
  readonly pollInterval = pollInterval;
  readonly attempts = mostAttempts;
  readonly retryDelay: number;
  // The text may hold a token.
  readonly sent = { state: MailState.SENT, column: 'body', value: `''` } as const;
  readonly #transport: Transporter<SMTPPool.SentMessageInfo>;
  readonly #from: string;

  constructor(
    { smtpUrl, from, retryDelay = firstRetryDelay }: MailSettings,
    private readonly logger: Logger,
  ) {
    this.#from = from;
    this.retryDelay = retryDelay;
    this.#transport = createTransport({
      url: smtpUrl,
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

  schemas = async () => [platformSchema];

  isServed = async () => true;

  claim(reader: Reader, most: number): Promise<Due[]> {
    const mails = reader.table(Mail);
    const m = (name: keyof Mail) => mails.column(name);
    return reader.run<Due>(
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

  async send({ id, recipient, subject, body }: Due): Promise<void> {
    const over = new AbortController();
    try {
      await Promise.race([
        this.#transport.sendMail({
          from: this.#from,
          // As an object, since a text is taken apart: "a,b@shop.example" would be two.
          to: { name: '', address: recipient },
          subject,
          text: body,
          // The same for each attempt, so that a mail that comes twice can be known.
          messageId: `<${id}@pier2>`,
          headers: { 'auto-submitted': 'auto-generated' },
        }),
        sleep(patience, undefined, { signal: over.signal, ref: false }).then(() => {
          throw new Error(`The mail server took more than ${patience / 1000} seconds.`);
        }),
      ]);
    } finally {
      over.abort();
    }
  }

  reasonOf(error: unknown): string {
    return (error as Error).message.slice(0, maxError).toWellFormed();
  }

  onFailure({ id }: Due, { attempts, state, error }: Outcome): void {
    this.logger.warn({ mail: id, attempts, state, reason: error }, 'could not send a mail');
  }

  close(): void {
    // The types do not know of it yet: without `force` it waits for the mail server's answer.
    (this.#transport.transporter as unknown as { close(options: { force: boolean }): void }).close({ force: true });
  }
}
