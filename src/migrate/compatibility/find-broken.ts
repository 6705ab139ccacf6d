import pg from 'pg';
import { withClient } from '../../database/with-client.js';
import type { Base } from './base.js';
import {
  type ColumnType,
  type Failure,
  failureOf,
  isWrite,
  keyOf,
  type Outcomes,
  runStatements,
  writeAll,
} from './run-statements.js';
import { type Step, take, takeTogether } from './steps.js';

/** What a step of the newer migrations does to statements of the older program. */
export interface Breakage {
  step: Step;
  /** Statements that fail. */
  failures: Failure[];
  /** Statements that give other types than before, which a program may take for something else. */
  retyped: Retyped[];
}

/** A statement of which a column is of another type. */
export interface Retyped {
  operations: readonly string[];
  column: string;
  from: string;
  to: string;
}

/** Makes an empty database and gives its URL. */
type MakeDatabase = () => Promise<string>;

/**
 * Runs the statements of an older program on its own schema and on the one that newer steps make of it, and tells which of
 * those that work on the first do not on the second, and since which step. Each schema is made in a database of its own.
 */
export class OldCode {
  readonly #runs = new Map<number, Promise<Outcomes>>();

  constructor(
    private readonly base: Base,
    private readonly older: readonly Step[],
    private readonly newer: readonly Step[],
    private readonly makeDatabase: MakeDatabase,
  ) {}

  async breakages(): Promise<Breakage[]> {
    const [before, after] = [await this.#runAfter(0), await this.#runAfter(this.newer.length)];
    const found = new Map<Step, Breakage>();
    const breakageOf = async (isBroken: (outcomes: Outcomes) => boolean) => {
      const step = await this.#firstStep(isBroken);
      const breakage = found.get(step) ?? { step, failures: [], retyped: [] };
      found.set(step, breakage);
      return breakage;
    };
    for (const [key, failure] of await this.#withoutConsequences(before, after)) {
      (await breakageOf(({ failures }) => failures.has(key))).failures.push(failure);
    }
    for (const { sql, operations } of this.base.record.statements) {
      const types = before.types.get(sql);
      for (const change of changesOfTypes(types, after.types.get(sql))) {
        const isBroken = (outcomes: Outcomes) => changesOfTypes(types, outcomes.types.get(sql)).length > 0;
        (await breakageOf(isBroken)).retyped.push({ operations, ...change });
      }
    }
    return this.newer.flatMap(step => found.get(step) ?? []);
  }

  /** The step after which something is broken that was not before it. */
  async #firstStep(isBroken: (outcomes: Outcomes) => boolean): Promise<Step> {
    let [works, broken] = [0, this.newer.length];
    while (broken - works > 1) {
      const middle = Math.floor((works + broken) / 2);
      if (isBroken(await this.#runAfter(middle))) {
        broken = middle;
      } else {
        works = middle;
      }
    }
    return this.newer[broken - 1]!;
  }

  /** Runs all statements on the schema after so many of the newer steps. */
  #runAfter(steps: number): Promise<Outcomes> {
    const run = this.#runs.get(steps) ?? this.#withSchema(steps, client => runStatements(client, this.base.record));
    this.#runs.set(steps, run);
    return run;
  }

  async #withSchema<Result>(steps: number, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return withClient(await this.makeDatabase(), async client => {
      await takeTogether(client, this.older);
      await take(client, this.newer.slice(0, steps));
      return work(client);
    });
  }

  /**
   * Failures that are the migrations' own. A write may also fail because one before it did, such as an order whose customer
   * could not be written: so what depends on other rows is tried again where all before it has worked.
   */
  async #withoutConsequences(before: Outcomes, after: Outcomes): Promise<[string, Failure][]> {
    const failures = [...after.failures].filter(([key]) => !before.failures.has(key));
    // Before the first write that fails, all has worked.
    const first = failures.find(([key]) => isWrite(key));
    const isDoubtful = (one: [string, Failure]) => one !== first && dependsOnRows(one[1].code);
    const again = failures.some(isDoubtful) ? await this.#failuresOnOldRows() : new Set<string>();
    return failures.filter(one => !isDoubtful(one) || again.has(one[0]));
  }

  /** What fails first of each operation when the rows are as the older schema has let them become, and were migrated just before. */
  #failuresOnOldRows(): Promise<Set<string>> {
    return this.#withSchema(0, async client => {
      const failed = new Set<string>();
      for (const [index, change] of this.base.record.changes.entries()) {
        await client.query('begin');
        const [first] = await this.#failuresOnMigratedRows(client, index);
        if (first !== undefined) {
          failed.add(first);
        }
        await client.query('rollback');
        await client.query('begin');
        await writeAll(client, change, keyOf(index));
        await client.query('commit').catch(() => {});
      }
      return failed;
    });
  }

  async #failuresOnMigratedRows(client: pg.Client, index: number): Promise<string[]> {
    const key = keyOf(index);
    const change = this.base.record.changes[index]!;
    try {
      await take(client, this.newer);
    } catch {
      // They do not run on these rows, which is another matter.
      return [];
    }
    const failures = await writeAll(client, change, key);
    const end = await failureOf(client, 'set constraints all immediate');
    return [...failures.keys(), ...(end ? [`${key}.end`] : [])];
  }
}

/** Whether a failure may be due to other rows: to keys, to unique values, to what a trigger looks up. */
function dependsOnRows(code: string): boolean {
  return ['23001', '23503', '23505', '23P01', 'P0001'].includes(code);
}

/** Types that the driver reads alike; what is not among them is read in a way of its own. */
const alike = [
  /^(text|character varying|character|name|citext|uuid|"char")$/,
  /^(smallint|integer)$/,
  /^(real|double precision)$/,
  /^jsonb?$/,
];

function changesOfTypes(
  before: readonly ColumnType[] | undefined,
  after: readonly ColumnType[] | undefined,
): Omit<Retyped, 'operations'>[] {
  // Where it does not run without values, nothing is known of it.
  if (!before || before.length !== after?.length) {
    return [];
  }
  return before.flatMap(({ name, type }, index) => {
    const to = after[index]!.type;
    const isSame = type === to || alike.some(types => types.test(type) && types.test(to));
    return isSame ? [] : [{ column: name, from: type, to }];
  });
}
