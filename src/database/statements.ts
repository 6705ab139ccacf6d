import { LRUCache } from 'lru-cache';
import pg from 'pg';

/** Statements whose texts were changed, so that connections prepare them anew. */
const maxRenewed = 10_000;

/** Values as the driver reads them, but days as the text that they are: it would make moments of them, in the process's zone. */
const inRows = new pg.TypeOverrides();
inRows.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

/** Values as PostgreSQL writes them. */
export const asText: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** A statement as the driver takes it. */
export interface Statement {
  text: string;
  values: unknown[];
  types: pg.CustomTypesConfig;
  /** Whether a connection keeps it prepared; see {@link PreparingClient}. */
  prepare: boolean;
}

/** Makes the statements of a process. */
export class Statements {
  readonly #renewed = new LRUCache<string, string>({ max: maxRenewed });
  #renewals = 0;

  /** @param prepare whether connections keep statements prepared */
  constructor(private readonly prepare: boolean) {}

  of(text: string, values: readonly unknown[], types: pg.CustomTypesConfig = inRows): Statement {
    return { text: this.#renewed.get(text) ?? text, values: [...values], types, prepare: this.prepare };
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
