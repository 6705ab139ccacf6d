import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { Mail } from './mail.entity.js';

/**
 * Shows new mails in the log, so that a developer without a mail server sees their links. In development alone: a log is
 * read by more people than a mail, and whoever has the link has the account.
 */
export class MailLog {
  constructor(
    private readonly reader: Reader,
    private readonly logger: Logger,
  ) {}

  /** Shows one mail. */
  async show(id: string): Promise<void> {
    const mails = this.reader.table(Mail);
    try {
      const [mail] = await this.reader.run<Row<Mail>>(
        `select ${mails.columns('m')} from ${mails.name} m where m.${mails.column('id')} = $1::uuid`,
        [id],
      );
      if (mail) {
        const { recipient, subject, body } = mail;
        this.logger.info(`Mail to ${recipient}, kept in the outbox since SMTP_URL is not set: ${subject}\n${body}`);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'could not show a mail');
    }
  }
}
