import type { PreparedStatement, StatementsTogether } from './preparing-client.js';
import { executeRaw, type RawTransaction } from './savepoints.js';
import type { Statement } from './statements.js';

interface Waiting {
  statement: Statement;
  resolve: (rows: unknown[]) => void;
  reject: (error: unknown) => void;
}

type Outcome = PromiseSettledResult<unknown[]>;

/**
 * Statements on a transaction's connection. What is asked for in one turn goes there together, in the order in which it was
 * asked for, and so costs one round trip. Each statement sees what those before it did and what was committed while they
 * waited for a lock.
 */
export class StatementQueue {
  #waiting: Waiting[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(private readonly context: () => RawTransaction) {}

  /** Runs a statement and gives its rows. */
  run(statement: Statement): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject });
      if (this.#waiting.length === 1) {
        this.#sending = Promise.resolve().then(() => this.#send());
      }
    });
  }

  /** Waits until nothing is under way any more. */
  async end(): Promise<void> {
    for (let sending; sending !== this.#sending;) {
      sending = this.#sending;
      await sending;
    }
  }

  async #send(): Promise<void> {
    const asked = this.#waiting;
    this.#waiting = [];
    const outcomes = await this.#execute(asked.map(({ statement }) => statement)).catch(
      (reason: unknown): Outcome[] => [{ status: 'rejected', reason }],
    );
    const failure = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    asked.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      // PostgreSQL refuses what follows a failure; why it failed is what matters.
      return outcome?.status === 'fulfilled' ? resolve(outcome.value) : reject(failure!.reason);
    });
  }

  /**
   * The query builder below the ORM passes text and parameters on to the driver, which also takes whole statements in place
   * of the text: so they can be prepared, and have types of their own.
   */
  async #execute(statements: readonly Statement[]): Promise<Outcome[]> {
    const context = this.context();
    if (statements.length > 1 && statements.every(({ prepare }) => prepare)) {
      const together: StatementsTogether = { together: statements as PreparedStatement[] };
      return (await executeRaw(context, together)) as Outcome[];
    }
    // The query builder sends one after the other.
    return Promise.allSettled(statements.map(({ values, ...statement }) => executeRaw(context, statement, values)));
  }
}
