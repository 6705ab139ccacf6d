import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { logPosition } from './log-position.js';

/** How often the connection has to prove that notifications come through, in milliseconds. */
const heartbeat = 500;

/** How long after the last proof notifications are still relied on, in milliseconds. */
const reliance = 1_000;

/** How long after a failure to connect the next attempt is made, in milliseconds, at first and at the most. */
const retryDelay = { first: 100, most: 5_000 };

const heartbeatChannel = 'pier2_heartbeat';

const logEndQuery = { text: 'select pg_current_wal_insert_lsn()::text as position' };

/**
 * What PostgreSQL notifies this process of, on a connection of its own, which is made anew when it breaks. It notifies
 * itself now and then, so that it knows whether notifications arrive: a broken connection may say nothing, and behind a
 * pooler in transaction mode none ever comes.
 */
export class Notifications {
  readonly #handlers = new Map<string, ((payload: string) => void)[]>();
  readonly #connected: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #id = randomUUID();
  #running: Promise<void> | undefined;
  #client: pg.Client | undefined;
  /** The connection, once it listens. */
  #listening: pg.Client | undefined;
  #provedAt = -Infinity;
  #aliveAt: Date | undefined;
  #beganAt: Date | undefined;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {
    this.on(heartbeatChannel, id => {
      if (id === this.#id) {
        this.#provedAt = performance.now();
      }
    });
  }

  /** Calls back for each notification on a channel. To be called before the start. */
  on(channel: string, handler: (payload: string) => void): void {
    this.#handlers.set(channel, [...(this.#handlers.get(channel) ?? []), handler]);
  }

  /** Calls back whenever it has begun to listen: what was notified before may have been missed. */
  onConnected(handler: () => void): void {
    this.#connected.push(handler);
  }

  /** Whether whatever is notified arrives at once, as far as that can be known. */
  get areLive(): boolean {
    return performance.now() - this.#provedAt < reliance;
  }

  /** The database's time when the connection last answered. */
  get aliveAt(): Date | undefined {
    return this.#aliveAt;
  }

  /** The database's time when the connection first answered: what is older is no news. */
  get beganAt(): Date | undefined {
    return this.#beganAt;
  }

  /**
   * Where the database's log ends; undefined where notifications cannot be relied on. By then all has been heard of that was
   * notified before the call: PostgreSQL sends it before it says that it is done with a statement of who listens.
   */
  async logEnd(): Promise<bigint | undefined> {
    const client = this.areLive ? this.#listening : undefined;
    const found = await client
      ?.query<{ position: string }>({ ...logEndQuery, query_timeout: reliance } as pg.QueryConfig)
      .catch(() => undefined);
    return found && logPosition(found.rows[0]!.position);
  }

  /** Begins to listen. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Makes the connection anew. */
  reconnect(): void {
    void this.#client?.end().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let delay = retryDelay.first; !signal.aborted; delay = Math.min(delay * 2, retryDelay.most)) {
      const began = Date.now();
      try {
        await this.#listen(signal);
      } catch (error) {
        this.logger.warn({ err: error }, 'lost the connection that listens to notifications; connecting again');
      }
      this.#provedAt = -Infinity;
      if (Date.now() - began > retryDelay.most) {
        delay = retryDelay.first;
      }
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }

  /** Listens until the connection ends or this is closed. */
  async #listen(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
    });
    const broken = new Promise<void>((_resolve, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('The connection ended.')));
    });
    broken.catch(() => {});
    this.#client = client;
    client.on('notification', ({ channel, payload = '' }) =>
      this.#handlers.get(channel)?.forEach(handle => handle(payload)),
    );
    try {
      await client.connect();
      await client.query([...this.#handlers.keys()].map(channel => `listen ${channel}`).join('; '));
      this.#listening = client;
      this.#connected.forEach(handle => handle());
      while (!signal.aborted) {
        const { rows } = await client.query<{ now: Date }>(
          `select clock_timestamp() as now, pg_notify('${heartbeatChannel}', $1)`,
          [this.#id],
        );
        this.#aliveAt = rows[0]!.now;
        this.#beganAt ??= this.#aliveAt;
        await Promise.race([sleep(heartbeat, undefined, { signal }).catch(() => {}), broken]);
      }
    } finally {
      this.#listening = undefined;
      client.removeAllListeners('end');
      await client.end().catch(() => {});
    }
  }
}
