import pg from 'pg';
import type { Logger } from 'pino';
import { hideSecret } from '../config/database-url.js';
import { ConnectionPool } from './connection-pool.js';
import { logPosition } from './log-position.js';
import { type ConnectionSettings, poolConfig } from './orm.options.js';
import type { Statement } from './statements.js';

/** How long a replica may take to answer where it stands, in milliseconds. */
const patience = 2_000;

/** Which database a server holds. */
export interface DatabaseIdentity {
  /** The same on a server and all its replicas. */
  system: string;
  database: string;
}

/** Asks a server which database it holds. */
export const identityQuery = `select (select system_identifier from pg_control_system())::text as system, current_database() as database`;

interface Standing extends DatabaseIdentity {
  isStandby: boolean;
  replayed: string | null;
}

const standingQuery = `select s.*, pg_is_in_recovery() as "isStandby", pg_last_wal_replay_lsn()::text as replayed from (${identityQuery}) s`;

/** Why a server cannot be a replica of a database; undefined when it can. */
export function whyNoReplica(found: Standing, primary: DatabaseIdentity): string | undefined {
  if (found.system !== primary.system || found.database !== primary.database) {
    return 'it holds another database';
  }
  return found.isStandby ? undefined : 'it is no standby, but takes writes itself';
}

/** Where a server stands, by a connection to it. */
export async function standingOf(client: pg.Client): Promise<Standing> {
  return (await client.query<Standing>(standingQuery)).rows[0]!;
}

/** A read replica: its connections, and whether queries may go there. */
export class Replica {
  readonly #pool: ConnectionPool;
  /** The connection by which it is watched. */
  #watching: pg.Client | undefined;
  #replayed = -1n;
  #asking: Promise<Standing> | undefined;
  #isInUse: boolean | undefined;

  readonly #url: string;

  constructor(
    connections: ConnectionSettings,
    private readonly logger: Logger,
  ) {
    this.#url = connections.url;
    // There is another server to ask.
    this.#pool = new ConnectionPool(poolConfig(connections, patience));
  }

  /** Whether queries may go there. */
  get isInUse(): boolean {
    return this.#isInUse === true;
  }

  /** Up to which place of the database's log it is known to show everything. */
  get replayed(): bigint {
    return this.#replayed;
  }

  /** Runs a statement of a tenant. */
  run(statement: Statement, schema: string): Promise<unknown[]> {
    return this.#pool.run(statement, this.#pool.homeOf(schema));
  }

  /** Whether it shows everything up to a place, asked anew where that is not known. */
  async hasReplayed(position: bigint): Promise<boolean> {
    if (this.#replayed < position) {
      await this.#askOnce().catch(() => {});
    }
    return this.#replayed >= position;
  }

  /**
   * Finds out whether queries may go there.
   * @param isRecent whether what it shows is recent enough, by the place up to which it does; undefined when that cannot be
   *   told yet
   */
  async look(primary: DatabaseIdentity, isRecent: (replayed: bigint) => boolean | undefined): Promise<void> {
    try {
      const refusal = whyNoReplica(await this.#askOnce(), primary);
      const recent = isRecent(this.#replayed);
      if (refusal !== undefined) {
        this.#leave(refusal);
      } else if (recent === true) {
        this.#take();
      } else if (recent === false) {
        this.#leave('it lags too far behind');
      }
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  async close(): Promise<void> {
    const client = this.#watching;
    this.#watching = undefined;
    await Promise.all([client?.end(), this.#pool.end()]);
  }

  /** Those who ask at once share the answer; to who asked last it may say too little, and never too much. */
  #askOnce(): Promise<Standing> {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  async #ask(): Promise<Standing> {
    this.#watching ??= await this.#connect();
    const standing = await standingOf(this.#watching);
    if (standing.replayed !== null) {
      this.#replayed = logPosition(standing.replayed);
    }
    return standing;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
    });
    client.on('error', error => client === this.#watching && this.#lose(error));
    await client.connect();
    return client;
  }

  /** Whatever still waits for it fails, and is read elsewhere. */
  #lose(error: Error & { code?: string }): void {
    void this.#watching?.end().catch(() => {});
    this.#watching = undefined;
    this.#pool.breakOff();
    this.#leave(error.message || error.code || 'it does not answer');
  }

  #take(): void {
    if (this.#isInUse !== true) {
      this.#isInUse = true;
      this.logger.info({ replica: hideSecret(this.#url) }, 'queries go to a replica');
    }
  }

  #leave(reason: string): void {
    if (this.#isInUse !== false) {
      this.#isInUse = false;
      this.logger.warn({ replica: hideSecret(this.#url), reason }, 'queries do not go to a replica');
    }
  }
}
