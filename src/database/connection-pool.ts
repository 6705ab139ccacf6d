import pg from 'pg';
import { ConnectionSlot } from './connection-slot.js';
import type { PreparingClientConfig } from './preparing-client.js';
import type { Statement } from './statements.js';

/** What a pool makes connections with. */
export interface ConnectionPoolConfig extends PreparingClientConfig {
  /** Connections at the most. */
  max: number;
  /** How long a connection may be waited for, in milliseconds. */
  connectionTimeoutMillis: number;
}

/** A connection that somebody has alone until they give it back. */
export type PooledClient = pg.Client & { release(): void };

/**
 * How long a statement waits for a connection that has it prepared while another is free, in milliseconds: about as long as
 * PostgreSQL takes to read the catalogue of its tables and to plan it.
 */
const planning = 20;

/** How long it waits for such a connection while others come free, in milliseconds. */
const patience = 1_000;

/** A connection that was not used for so long is closed, in milliseconds. */
const idleTimeout = 60_000;

/** PostgreSQL's code where it has no connection left, which is the same to whoever asks for one. */
const tooManyConnections = '53300';

/** Where a statement runs best. */
interface Wish {
  text: string;
  /** The number of the slot from which on one is looked for. */
  home: number;
}

interface Waiting {
  wish: Wish | undefined;
  since: number;
  /** Whether it takes any connection, since it has waited long enough for the best one. */
  takesAny: boolean;
  timer: NodeJS.Timeout;
  give: (slot: ConnectionSlot) => void;
  fail: (error: Error) => void;
}

const closed = () => new Error('The connections to the database are closed.');

/**
 * The connections of a process to one server, for reads and transactions alike. PostgreSQL keeps the catalogue of tables and
 * the plans of statements per connection, so with many tenants it matters where a statement goes: to a connection that has it
 * prepared, else to the first free one from the tenant's own slot on. So a tenant that is asked little stays on one
 * connection, and one that is asked much comes to use all of them.
 */
export class ConnectionPool {
  readonly #slots: ConnectionSlot[];
  /** The oldest first. */
  readonly #waiting: Waiting[] = [];
  readonly #closingIdle: NodeJS.Timeout;
  #ended: Promise<void> | undefined;
  #tellAllBack = () => {};

  constructor(readonly options: ConnectionPoolConfig) {
    this.#slots = Array.from({ length: options.max }, () => new ConnectionSlot(options));
    this.#closingIdle = setInterval(() => this.#closeIdle(), idleTimeout / 4).unref();
  }

  /** The number of a schema's own slot. */
  homeOf(schema: string): number {
    let hash = 0;
    for (const char of schema) {
      hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0;
    }
    return hash % this.#slots.length;
  }

  /**
   * Runs one statement by itself and gives its rows.
   * @param home the number of the slot from which on a connection is looked for
   */
  async run(statement: Statement, home: number): Promise<unknown[]> {
    const slot = await this.#acquire({ text: statement.text, home });
    try {
      const client = await slot.connection();
      return (await client.query(statement)).rows;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') {
        void slot.close();
      }
      throw error;
    } finally {
      this.#giveBack(slot);
    }
  }

  /**
   * Gives somebody a connection.
   * @throws Error when none can be made, or none comes free in time
   */
  async connect(): Promise<PooledClient> {
    const slot = await this.#acquire(undefined);
    try {
      const client = await slot.connection();
      return Object.assign(client, { release: () => this.#giveBack(slot) });
    } catch (error) {
      this.#giveBack(slot);
      throw error;
    }
  }

  /** Has all that runs fail, since the server does not answer. */
  breakOff(): void {
    this.#slots.forEach(slot => slot.breakOff());
  }

  /** Closes all connections, those in use once they are given back. Idempotent. */
  end(): Promise<void> {
    return (this.#ended ??= this.#endAll());
  }

  async #endAll(): Promise<void> {
    clearInterval(this.#closingIdle);
    for (const { timer, fail } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      fail(closed());
    }
    const free = this.#slots.filter(({ isTaken }) => !isTaken);
    const allBack = free.length === this.#slots.length || new Promise<void>(resolve => (this.#tellAllBack = resolve));
    await Promise.all(free.map(slot => slot.close()));
    await allBack;
  }

  async #acquire(wish: Wish | undefined): Promise<ConnectionSlot> {
    if (this.#ended) {
      throw closed();
    }
    const slot = this.#choose(wish);
    slot?.take();
    return slot ?? this.#wait(wish);
  }

  /** Where something runs now; undefined when all are taken, or those that have the statement prepared, which may be worth a wait. */
  #choose(wish: Wish | undefined): ConnectionSlot | undefined {
    const best = this.#bestFree(wish);
    return wish && best && !best.knows(wish.text) && this.#isKnown(wish.text) ? undefined : best;
  }

  #isKnown(text: string): boolean {
    return this.#slots.some(slot => slot.knows(text));
  }

  #bestFree(wish: Wish | undefined): ConnectionSlot | undefined {
    if (!wish) {
      const [first, ...others] = this.#slots.filter(({ isTaken }) => !isTaken);
      return others.reduce((latest, slot) => (slot.usedAt > latest!.usedAt ? slot : latest), first);
    }
    const { text, home } = wish;
    const free = [...this.#slots.slice(home), ...this.#slots.slice(0, home)].filter(({ isTaken }) => !isTaken);
    const own = this.#slots[home]!;
    return free.find(slot => slot.knows(text)) ?? (own.isTaken ? (free.find(({ isOpen }) => isOpen) ?? free[0]) : own);
  }

  #wait(wish: Wish | undefined): Promise<ConnectionSlot> {
    return new Promise((give, fail) => {
      const since = performance.now();
      const timer = setTimeout(() => this.#takeAny(waiting), planning);
      const waiting: Waiting = { wish, since, takesAny: false, give, fail, timer };
      this.#waiting.push(waiting);
    });
  }

  /** What has waited long enough for the best connection takes another, or waits for any. */
  #takeAny(waiting: Waiting): void {
    const slot = this.#bestFree(waiting.wish);
    if (slot) {
      this.#serve(waiting, slot);
      return;
    }
    // Not by the clock: a timer may be early by it, and whoever gives a connection back just then would pass this one by.
    waiting.takesAny = true;
    const { connectionTimeoutMillis } = this.options;
    waiting.timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      const seconds = connectionTimeoutMillis / 1000;
      const error = new Error(
        `All ${this.#slots.length} connections to the database were in use for ${seconds} seconds.`,
      );
      waiting.fail(Object.assign(error, { code: tooManyConnections }));
    }, connectionTimeoutMillis - planning);
  }

  #serve(waiting: Waiting, slot: ConnectionSlot): void {
    clearTimeout(waiting.timer);
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    slot.take();
    waiting.give(slot);
  }

  #giveBack(slot: ConnectionSlot): void {
    slot.giveBack();
    if (this.#ended) {
      void slot.close().then(() => this.#slots.every(({ isTaken }) => !isTaken) && this.#tellAllBack());
      return;
    }
    const now = performance.now();
    const next =
      this.#waiting.find(waiting => this.#suits(slot, waiting, now)) ?? this.#waiting.find(({ takesAny }) => takesAny);
    if (next) {
      this.#serve(next, slot);
    }
  }

  #suits(slot: ConnectionSlot, { wish, since }: Waiting, now: number): boolean {
    return !wish || slot.knows(wish.text) || now - since >= patience || !this.#isKnown(wish.text);
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const slot of this.#slots) {
      if (!slot.isTaken && now - slot.usedAt >= idleTimeout) {
        void slot.close();
      }
    }
  }
}
