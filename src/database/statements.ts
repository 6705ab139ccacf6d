import { LRUCache } from 'lru-cache';
import pg from 'pg';

/** Statements whose texts were changed, so that connections prepare them anew. */
const maxRenewed = 10_000;

/** Values as the driver reads them, but days as the text that they are: it would make moments of them, in the process's zone. */
const inRows = new pg.TypeOverrides();
inRows.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

const { BOOL, INT2, INT4, INT8, JSON: JSON_TYPE, JSONB, NUMERIC } = pg.types.builtins;

const asItIs = (text: string) => text;
const asBoolean = (text: string) => (text === 't' ? 'true' : 'false');
const asText = (text: string) => JSON.stringify(text);

/** Those whose values PostgreSQL does not write as texts of JSON. */
const jsonParsers = new Map<number, (text: string) => string>([
  ...[INT2, INT4, INT8, NUMERIC, JSON_TYPE, JSONB].map(type => [type, asItIs] as const),
  [BOOL, asBoolean],
]);

/** Values as JSON. Neither moments nor lists are among them: a statement writes these itself. */
const asJson: pg.CustomTypesConfig = { getTypeParser: (type: number) => jsonParsers.get(type) ?? asText };

/** A statement as the driver takes it. */
export interface Statement {
  text: string;
  values: unknown[];
  types: pg.CustomTypesConfig;
  /** Whether rows are lists of values. */
  rowMode?: 'array';
  /** Whether a connection keeps it prepared; see {@link PreparingClient}. */
  prepare: boolean;
}

/** Makes the statements of a process. */
export class Statements {
  readonly #renewed = new LRUCache<string, string>({ max: maxRenewed });
  #renewals = 0;

  /** @param prepare whether connections keep statements prepared */
  constructor(private readonly prepare: boolean) {}

  /** @param json whether its rows are wanted as lists of values, each as JSON */
  of(text: string, values: readonly unknown[], json = false): Statement {
    const statement = { text: this.#renewed.get(text) ?? text, values: [...values], prepare: this.prepare };
    return json ? { ...statement, types: asJson, rowMode: 'array' } : { ...statement, types: inRows };
  }

  /**
   * Has all connections prepare a statement anew. Another name would not do: a pooler keeps what it has prepared on the
   * server by the text, whatever its clients call it.
   */
  renew(text: string): void {
    this.#renewals += 1;
    this.#renewed.set(text, `${text} /* renewed ${this.#renewals} */`);
  }
}
