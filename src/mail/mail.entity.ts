import type { Opt } from '@mikro-orm/core';
import { Entity, Enum, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { newId } from '../database/new-id.js';
import { tableOfIndex } from '../database/schemas.js';

/** How far a mail has come. */
export enum MailState {
  PENDING = 'PENDING',
  SENT = 'SENT',
  DEAD = 'DEAD',
}

/**
 * A mail, written in the transaction that it tells of and sent afterwards: so none is sent for what was not done, and none
 * is lost. All shops' mails stand in the schema `platform`, so that one look finds what is to be sent.
 */
@Entity({ schema: 'platform', tableName: 'mails' })
@Index({
  name: 'mails_due_index',
  expression: (columns, table, name) =>
    `create index "${name}" on ${tableOfIndex(table)} (${columns.nextAttemptAt}) where state = 'PENDING'`,
})
export class Mail {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  /** The schema of the shop that it comes from. */
  @Property({ type: 'text' })
  schema!: string;

  @Property({ type: 'text' })
  recipient!: string;

  @Property({ type: 'text' })
  subject!: string;

  /** Plain text. Emptied when it was sent, since it may hold a token. */
  @Property({ type: 'text' })
  body!: string;

  @Enum({ items: () => MailState, default: MailState.PENDING })
  state: MailState = MailState.PENDING;

  @Property({ type: 'integer', default: 0 })
  attempts: number = 0;

  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  createdAt!: Opt<Date>;

  @Property({ columnType: 'timestamptz(3)', defaultRaw: 'now()' })
  nextAttemptAt!: Opt<Date>;

  @Property({ type: 'text', nullable: true })
  lastError: string | null = null;
}
