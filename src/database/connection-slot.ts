import pg from 'pg';
import { PreparingClient, type PreparingClientConfig } from './preparing-client.js';

/** Room for one connection of a pool. */
export class ConnectionSlot {
  #client: pg.Client | undefined;
  #isTaken = false;
  #usedAt = 0;

  constructor(private readonly config: PreparingClientConfig) {}

  /** Whether somebody has it. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Whether it has a connection. */
  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  /** When it was given back, in milliseconds of this process. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether its connection has a statement prepared. */
  knows(text: string): boolean {
    return this.#client instanceof PreparingClient && this.#client.hasPrepared(text);
  }

  take(): void {
    this.#isTaken = true;
  }

  giveBack(): void {
    this.#isTaken = false;
    this.#usedAt = performance.now();
    // Nobody may come into a transaction that somebody else could not end.
    if (this.#client?.getTransactionStatus() !== 'I') {
      void this.close();
    }
  }

  /** Its connection, which is made when there is none. */
  async connection(): Promise<pg.Client> {
    if (this.#client) {
      return this.#client;
    }
    const client = this.config.maxPrepared > 0 ? new PreparingClient(this.config) : new pg.Client(this.config);
    const forget = () => {
      if (this.#client === client) {
        void this.close();
      }
    };
    // Whoever uses it is told by the failure of what they asked for.
    client.on('error', forget);
    client.on('end', forget);
    this.#client = client;
    try {
      await client.connect();
    } catch (error) {
      forget();
      throw error;
    }
    return client;
  }

  /** Closes the connection, if there is one. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  /** Has whatever runs fail. */
  breakOff(): void {
    (this.#client as unknown as { connection: pg.Connection } | undefined)?.connection.stream.destroy();
  }
}
