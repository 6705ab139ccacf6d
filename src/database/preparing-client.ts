import { LRUCache } from 'lru-cache';
import pg from 'pg';

/** A statement that is worth preparing, as the driver takes it. */
export interface PreparedStatement extends pg.QueryConfig {
  prepare: true;
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
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  close(message: { type: 'S'; name: string }): void;
}

/**
 * A connection that keeps the statements prepared that it used latest, and closes the others. PostgreSQL plans a prepared
 * statement once, and keeps it in the memory of the connection: so neither may grow with the number of tenants, each of
 * which has statements of its own.
 */
export class PreparingClient extends pg.Client {
  /** Names by text. */
  readonly #prepared: LRUCache<string, string>;
  readonly #dropped: string[] = [];
  #names = 0;

  constructor(config: PreparingClientConfig) {
    super(config);
    this.#prepared = new LRUCache({ max: config.maxPrepared, dispose: name => this.#dropped.push(name) });
  }

  // The driver's many overloads, as the pool and the query builder call them.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  override query(...args: any[]): any {
    const [statement, values, callback] = args as [PreparedStatement | undefined, unknown[] | undefined, Callback?];
    return statement?.prepare === true
      ? this.#run({ ...statement, ...(values && { values }) }, callback)
      : super.query(...(args as [string]));
  }

  #run(statement: PreparedStatement, callback: Callback | undefined): Promise<unknown> | undefined {
    const query = new pg.Query(statement) as unknown as Query;
    const submit = query.submit.bind(query);
    // Not before it is sent: until then, those that wait before it on this connection may take its place.
    query.submit = connection => {
      const wire = connection as unknown as Wire;
      query.name = this.#nameOf(statement.text);
      wire.stream.cork();
      try {
        this.#closeDropped(wire);
        return submit(connection);
      } finally {
        wire.stream.uncork();
      }
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
