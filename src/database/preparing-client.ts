import { LRUCache } from 'lru-cache';
import pg from 'pg';

/** A statement that is worth preparing, as the driver takes it. */
export interface PreparedStatement extends pg.QueryConfig {
  prepare: true;
}

/** Statements that are sent together, in place of one as the driver takes it. */
export interface StatementsTogether {
  together: readonly PreparedStatement[];
}

/** What the driver's pool makes connections with, and how many statements each keeps prepared. */
export interface PreparingClientConfig extends pg.ClientConfig {
  maxPrepared: number;
}

type Callback = (error: Error | undefined, result: unknown) => void;

/** What the driver's types leave out. */
interface Query extends pg.Submittable {
  name?: string;
  callback: Callback;
}

interface Wire {
  stream: { cork(): void; uncork(): void; destroy(error: Error): void };
  parsedStatements: Record<string, string>;
  close(message: { type: 'S'; name: string }): void;
}

/** What a query gives, as far as the query builder looks at it. */
interface Outcome {
  rows: unknown[];
}

/**
 * A connection that keeps the statements prepared that it used latest, and closes the others. PostgreSQL plans a prepared
 * statement once, and keeps it in the memory of the connection: so neither may grow with the number of tenants, each of
 * which has statements of its own.
 *
 * What is asked for at once goes to the server together and is answered together, since the driver's pipelining is on; the
 * server still runs one statement after the other. A `begin` goes with the statement after it.
 */
export class PreparingClient extends pg.Client {
  /** Names by text. */
  readonly #prepared: LRUCache<string, string>;
  readonly #dropped: string[] = [];
  #names = 0;
  #begins = false;

  constructor(config: PreparingClientConfig) {
    super(config);
    this.#prepared = new LRUCache({ max: config.maxPrepared, dispose: name => this.#dropped.push(name) });
  }

  /** Whether a statement is prepared, or will be by what was sent. */
  hasPrepared(text: string): boolean {
    return this.#prepared.has(text);
  }

  // The driver's many overloads, as the pool and the query builder call them.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  override query(...args: any[]): any {
    if (args[0] === 'begin') {
      this.#begins = true;
      return Promise.resolve({ command: 'BEGIN', rowCount: null, rows: [] });
    }
    return this.#inOnePacket(() => {
      this.#beginNow();
      return this.#query(args);
    });
  }

  #query(args: unknown[]): unknown {
    const [statement, values, callback] = args as [
      PreparedStatement | StatementsTogether | undefined,
      unknown[] | undefined,
      Callback?,
    ];
    if (statement && typeof statement === 'object' && 'together' in statement) {
      return this.#runTogether(statement.together);
    }
    return statement?.prepare === true
      ? this.#run({ ...statement, ...(values && { values }) }, callback)
      : super.query(...(args as [string]));
  }

  #beginNow(): void {
    if (this.#begins) {
      this.#begins = false;
      // Nothing may run outside of a transaction that did not begin.
      super.query('begin').catch((error: Error) => this.#wire.stream.destroy(error));
    }
  }

  /** Gives the rows of each statement as one row, or what it failed with. */
  async #runTogether(statements: readonly PreparedStatement[]): Promise<Outcome> {
    return { rows: await Promise.allSettled(statements.map(async statement => this.#rowsOf(statement))) };
  }

  async #rowsOf(statement: PreparedStatement): Promise<unknown[]> {
    return ((await this.#run(statement, undefined)) as Outcome).rows;
  }

  #inOnePacket<Result>(send: () => Result): Result {
    const { stream } = this.#wire;
    stream.cork();
    try {
      return send();
    } finally {
      stream.uncork();
    }
  }

  get #wire(): Wire {
    return (this as unknown as { connection: Wire }).connection;
  }

  #run(statement: PreparedStatement, callback: Callback | undefined): Promise<unknown> | undefined {
    const query = new pg.Query(statement) as unknown as Query;
    const submit = query.submit.bind(query);
    // Not before it is sent: until then, those that wait before it on this connection may take its place.
    query.submit = connection => {
      const wire = connection as unknown as Wire;
      query.name = this.#nameOf(statement.text);
      return this.#inOnePacket(() => {
        this.#closeDropped(wire);
        return submit(connection);
      });
    };
    if (callback) {
      query.callback = callback;
      super.query(query);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      query.callback = (error, result) => (error ? reject(error) : resolve(result));
      super.query(query);
    });
  }

  #nameOf(text: string): string {
    let name = this.#prepared.get(text);
    if (name === undefined) {
      // No name comes twice on a connection, so a statement that was closed cannot be taken for another.
      this.#names += 1;
      name = `s${this.#names}`;
      this.#prepared.set(text, name);
    }
    return name;
  }

  /** Before the next statement and with it, so that it costs no round trip. */
  #closeDropped(wire: Wire): void {
    for (const name of this.#dropped.splice(0)) {
      wire.close({ type: 'S', name });
      delete wire.parsedStatements[name];
    }
  }
}
