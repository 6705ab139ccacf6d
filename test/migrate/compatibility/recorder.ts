import { createRequire } from 'node:module';
import type { Client } from 'pg';

// The driver's own way to write values; its types leave it out.
const require = createRequire(import.meta.url);
const { prepareValue } = require('pg/lib/utils') as { prepareValue: (value: unknown) => string | Buffer | null };
const { prototype } = (require('pg') as { Client: typeof Client }).Client;

/** A statement as it was sent, and on whose behalf. */
export interface SentStatement {
  /** A field of the schema, such as `Query.orders`, or a part of the program that works beside requests. */
  operation: string;
  sql: string;
  values: (string | null)[];
  /** When the operation began. */
  since: Date;
  connection: Client;
}

/** With what a statement begins that the test itself sends while an operation is recorded. */
export const ofTheTest = '/* of the test */';

/** Sees all statements that this process sends from its making until it is closed, and whose they are. */
export class StatementRecorder {
  readonly sent: SentStatement[] = [];
  readonly #query = prototype.query as (...args: unknown[]) => unknown;
  #current: Pick<SentStatement, 'operation' | 'since'> | undefined;

  /** @param ownerOf tells whose a statement is that is sent beside requests, at any time; undefined for all others */
  constructor(private readonly ownerOf: (sql: string) => string | undefined) {
    const note = (connection: Client, sent: unknown, values: unknown) => this.#note(connection, sent, values);
    const query = this.#query;
    prototype.query = function (this: Client, ...args: unknown[]) {
      note(this, args[0], args[1]);
      return query.apply(this, args);
    } as typeof prototype.query;
  }

  /** Does something, one after the other, whose statements belong to an operation. */
  async during<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    this.#current = { operation, since: new Date() };
    try {
      return await work();
    } finally {
      this.#current = undefined;
    }
  }

  close(): void {
    prototype.query = this.#query as typeof prototype.query;
  }

  /** The driver is given a text, a text and values, or an object with both. */
  #note(connection: Client, query: unknown, given: unknown): void {
    const { text, values = given } = typeof query === 'string' ? { text: query } : (query as Sent);
    const owner = this.ownerOf(text);
    const of = owner === undefined ? this.#current : { operation: owner, since: new Date() };
    if (of && !text.startsWith(ofTheTest)) {
      this.sent.push({ ...of, sql: text, values: Array.isArray(values) ? values.map(asText) : [], connection });
    }
  }
}

interface Sent {
  text: string;
  values?: unknown;
}

function asText(value: unknown): string | null {
  const written = prepareValue(value);
  return Buffer.isBuffer(written) ? `\\x${written.toString('hex')}` : written === null ? null : String(written);
}
