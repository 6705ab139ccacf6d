import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityClass } from '@mikro-orm/core';
import type { Logger } from 'pino';
import type { Reader } from '../database/reader.js';

/** Tenants that are looked at without news in one turn, so that thousands of them cost no more than these. */
const schemasATurn = 20;

/** How long at least lies between two looks, in milliseconds, so that a flood of news costs little. */
const leastInterval = 20;

/** How long after something comes due it is looked for, in milliseconds: a timer that is early, or a rounded instant, finds none. */
const margin = 20;

/** How long receivers have to answer when the process ends, in milliseconds. */
const farewell = 1_000;

/** The columns of an outbox's table that its relay works with. Its states begin with PENDING, and failures end in DEAD. */
export interface OutboxRow {
  id: string;
  state: string;
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
}

/** Something that was taken from an outbox to be sent. */
export type Claimed = Pick<OutboxRow, 'id' | 'attempts'>;

/** What became of an attempt. */
export interface Outcome {
  state: string;
  /** Attempts that count. */
  attempts: number;
  error: string | null;
  /** Milliseconds until the next attempt. */
  delay: number;
}

/** A table whose rows are sent, in a schema or in each of many. */
export interface Outbox<Item extends Claimed, Row extends OutboxRow> {
  /** What it holds, for the log. */
  what: string;
  entity: EntityClass<Row>;
  /** Rows that one process has under way at the most. */
  mostSent: number;
  /** How often it is looked at without news, in milliseconds; what failed comes due without any. */
  pollInterval: number;
  /** After so many failures a row is dead. */
  attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long, up to an hour. */
  retryDelay: number;
  /** The state of a row that was sent, and a column that is set with it, to an expression of SQL. */
  sent: { state: string; column: keyof Row & string; value: string };
  /** All schemas in which something may be due. Asked with each poll alone, since there may be thousands. */
  schemas(): Promise<readonly string[]>;
  /** Whether a schema is one of these. Asked with each look, so it has to cost next to nothing. */
  isServed(schema: string): Promise<boolean>;
  /**
   * Takes rows that are due, with one statement that counts an attempt of each and moves its next one beyond the time that
   * `send` may take.
   */
  claim(reader: Reader, most: number, underWay: Iterable<Item>): Promise<Item[]>;
  /**
   * Sends what a row holds, and throws when its receiver does not have it.
   * @param signal gives it up
   */
  send(item: Item, signal: AbortSignal): Promise<void>;
  /** Why something was not sent, in a sentence that is short enough to keep. */
  reasonOf(error: unknown): string;
  /** Is told of each failure. */
  onFailure?(item: Item, outcome: Outcome): void;
  /** Leaves its receivers, whatever they are about to answer, so that what is under way fails. */
  close?(): void;
}

/**
 * Sends the rows of an outbox, at least once each. Several processes may do so at once: who takes a row has it for a time,
 * within one short statement, and nobody holds a transaction open while a receiver is called. When a process dies, others
 * take over what it had once that time is over.
 */
export class OutboxRelay<Item extends Claimed = Claimed, Row extends OutboxRow = OutboxRow> {
  readonly #ended = new AbortController();
  /** What is under way. */
  readonly #sending = new Map<Promise<void>, Item>();
  /** Schemas in which something may be due, with the time since when. */
  readonly #due = new Map<string, number>();
  /** Where among all schemas the next turn begins. */
  #nextSchema = 0;
  #nextTurn = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextLook = Infinity;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly outbox: Outbox<Item, Row>,
    private readonly readerOf: (schema: string) => Reader,
    private readonly logger: Logger,
  ) {}

  /** Begins to send. */
  start(): void {
    this.#lookIn(0);
  }

  /** Looks at a schema soon: something may be due there. */
  wake(schema: string): void {
    this.#dueIn(schema, leastInterval);
  }

  /** Ends. What receivers do not answer at once is handed on, as if it had not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    const sending = Promise.all(this.#sending.keys());
    await Promise.race([sending, sleep(farewell, undefined, { ref: false })]);
    this.#ended.abort();
    this.outbox.close?.();
    await sending;
  }

  /** Looks at a schema within so many milliseconds. */
  #dueIn(schema: string, delay: number): void {
    const at = Date.now() + delay;
    this.#due.set(schema, Math.min(at, this.#due.get(schema) ?? Infinity));
    this.#lookIn(delay);
  }

  /** Looks within so many milliseconds. */
  #lookIn(delay: number): void {
    const at = Date.now() + delay;
    if (this.#closed || at >= this.#nextLook) {
      return;
    }
    clearTimeout(this.#timer);
    this.#nextLook = at;
    this.#timer = setTimeout(() => {
      this.#nextLook = Infinity;
      this.#looking = this.#looking.then(() => this.#look());
    }, delay);
  }

  /** Begins what is due, without waiting for its end: what comes due meanwhile is begun by the next look. */
  async #look(): Promise<void> {
    const { what, pollInterval } = this.outbox;
    try {
      for (const schema of await this.#nextSchemas()) {
        await this.#lookAt(schema).catch((error: unknown) => {
          this.logger.warn({ err: error, schema }, `could not look for ${what}`);
        });
      }
    } catch (error) {
      this.logger.warn({ err: error }, `could not ask where to look for ${what}`);
    }
    this.#lookIn(Math.min(pollInterval, ...[...this.#due.values()].map(at => Math.max(at - Date.now(), 0))));
  }

  /** The schemas to look at: those in which something is known to be due, and the next few of all. */
  async #nextSchemas(): Promise<Set<string>> {
    const now = Date.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([schema]) => schema);
    due.forEach(schema => this.#due.delete(schema));
    const served = await Promise.all(due.map(schema => this.outbox.isServed(schema)));
    const dueAndServed = due.filter((_schema, index) => served[index]);
    if (now < this.#nextTurn) {
      return new Set(dueAndServed);
    }
    this.#nextTurn = now + this.outbox.pollInterval;
    const all = await this.outbox.schemas();
    const turn = all.slice(this.#nextSchema, this.#nextSchema + schemasATurn);
    this.#nextSchema = this.#nextSchema + schemasATurn < all.length ? this.#nextSchema + schemasATurn : 0;
    return new Set([...dueAndServed, ...turn]);
  }

  async #lookAt(schema: string): Promise<void> {
    const room = this.outbox.mostSent - this.#sending.size;
    const claimed = room > 0 ? await this.outbox.claim(this.readerOf(schema), room, this.#sending.values()) : [];
    for (const item of claimed) {
      const sent = this.#send(schema, item).finally(() => {
        this.#sending.delete(sent);
        // Behind what has ended, more may have come due.
        this.wake(schema);
      });
      this.#sending.set(sent, item);
    }
  }

  async #send(schema: string, item: Item): Promise<void> {
    const outcome = await this.#attempt(item);
    try {
      await this.#note(this.readerOf(schema), item, outcome);
    } catch (error) {
      // Once its time is over it is sent again: at least once, and here twice.
      this.logger.warn({ err: error }, `could not note what became of ${this.outbox.what}`);
    }
    if (outcome.delay > 0) {
      this.#dueIn(schema, outcome.delay + margin);
    }
  }

  async #attempt(item: Item): Promise<Outcome> {
    const { outbox } = this;
    const { attempts } = item;
    const { signal } = this.#ended;
    try {
      await outbox.send(item, signal);
      return { state: outbox.sent.state, attempts, error: null, delay: 0 };
    } catch (error) {
      if (signal.aborted) {
        return { state: 'PENDING', attempts: attempts - 1, error: null, delay: 0 };
      }
      // What is dead no longer holds up what comes after it.
      const state = attempts >= outbox.attempts ? 'DEAD' : 'PENDING';
      const outcome = { state, attempts, error: outbox.reasonOf(error), delay: this.#delayAfter(attempts) };
      outbox.onFailure?.(item, outcome);
      return outcome;
    }
  }

  /** Twice as long after each failure, and up to a fifth more, so that what failed together does not come back together. */
  #delayAfter(attempts: number): number {
    const delay = Math.min(this.outbox.retryDelay * 2 ** (attempts - 1), 3_600_000);
    return delay * (1 + Math.random() / 5);
  }

  /** Notes it by the database's clock, unless somebody else has taken the row since. */
  async #note(reader: Reader, { id, attempts }: Claimed, outcome: Outcome): Promise<void> {
    const { entity, sent } = this.outbox;
    const table = reader.table(entity);
    const t = (name: keyof OutboxRow) => table.column(name);
    const set = table.column(sent.column);
    await reader.run(
      `update ${table.name} set ${t('state')} = $3::text, ${t('attempts')} = $4::int, ${t('lastError')} = $5::text,
         ${t('nextAttemptAt')} = now() + $6::float8 * interval '1 millisecond',
         ${set} = case $3::text when '${sent.state}' then ${sent.value} else ${set} end
       where ${t('id')} = $1::uuid and ${t('attempts')} = $2::int and ${t('state')} = 'PENDING'`,
      [id, attempts, outcome.state, outcome.attempts, outcome.error, outcome.delay],
    );
  }
}
