import type { Asks } from '../fingerprint.js';
import type { SqlParser } from '../lint/parser.js';
import { statementsWithin } from '../lint/read-statements.js';
import { differencesOf, effectsSeen } from './compare.js';
import { type Foretold, ForetoldInOrder, type ForetoldStatement } from './foretold.js';
import type { RehearsedMigration, RehearsedStatement } from './rehearsed.js';
import { TransactionWatch } from './transaction-state.js';

/** Runs the statements of migrations in a transaction, and looks before and after each at what the transaction has done. */
export class Rehearsal {
  readonly migrations: RehearsedMigration[] = [];
  /** The statement under way: when it fails, the one that did. */
  current: Pick<RehearsedStatement, 'sql' | 'file' | 'line'> | undefined;
  #foretold = new ForetoldInOrder([]);

  private constructor(
    private readonly client: Asks,
    private readonly watch: TransactionWatch,
    private readonly foretold: Foretold,
    private readonly parser: SqlParser,
  ) {}

  /** @param schema whose tables statements call by their names alone */
  static async start(client: Asks, schema: string, foretold: Foretold, parser: SqlParser): Promise<Rehearsal> {
    return new Rehearsal(client, await TransactionWatch.start(client, schema), foretold, parser);
  }

  /** What comes now is of this migration. */
  begin(name: string): void {
    this.migrations.push({ name, wasRun: true, milliseconds: 0, statements: [] });
    this.#foretold = new ForetoldInOrder(this.foretold.of(name));
  }

  /** Leaves out the migration that has begun, and tells what is foretold of it. */
  skip(): void {
    const migration = this.migrations.at(-1)!;
    migration.wasRun = false;
    migration.statements = this.foretold
      .of(migration.name)
      .map(({ sql, file, line, effects }) => ({ sql, file, line, foretold: effects, seen: null, differences: [] }));
  }

  /** Runs one or several statements of the migration that has begun, and gives the rows of the last one. */
  async run(sql: string): Promise<unknown[]> {
    let rows: unknown[] = [];
    for (const { text, within } of this.#split(sql)) {
      rows = await this.#runOne(text, this.#foretold.find(text, within));
    }
    return rows;
  }

  /** Looks at what `apply` finds out when it commits the migration, and tells how long its locks were held. */
  async end(): Promise<void> {
    await this.#checkConstraints();
    this.current = undefined;
    const migration = this.migrations.at(-1)!;
    let left = 0;
    for (const { seen } of migration.statements.toReversed()) {
      left += seen!.milliseconds;
      seen!.locks.forEach(lock => (lock.heldMilliseconds = round(left)));
    }
    migration.milliseconds = round(left);
  }

  #split(sql: string): { text: string; within: number }[] {
    try {
      return this.parser.parse(sql).map(statement => ({
        text: statement.sql,
        within: statementsWithin(statement, this.parser).inner.length,
      }));
    } catch {
      // The server says what is wrong with it.
      return [{ text: sql, within: 0 }];
    }
  }

  async #runOne(sql: string, foretold: ForetoldStatement | undefined): Promise<unknown[]> {
    const place = { sql, file: foretold?.file ?? null, line: foretold?.line ?? null };
    const before = await this.watch.read();
    this.current = place;
    const started = performance.now();
    const { rows } = await this.client.query(sql);
    const milliseconds = round(performance.now() - started);
    const after = await this.watch.read();
    const seen = effectsSeen(before, after, milliseconds);
    // Of a table that the migrations make themselves nothing was there to be seen.
    const known = new Set([...before.tables.values()].map(({ name }) => name));
    const effects = foretold?.effects.filter(({ table }) => known.has(table)) ?? null;
    this.migrations.at(-1)!.statements.push({
      ...place,
      foretold: effects,
      seen: { ...seen, locks: seen.locks.map(lock => ({ ...lock, heldMilliseconds: milliseconds })) },
      differences: effects ? differencesOf(effects, seen, before, after) : [],
    });
    return rows;
  }

  /** Checks what else is checked at the end of a transaction, and then leaves it to that again. */
  async #checkConstraints(): Promise<void> {
    const { rows } = await this.client.query<{ deferred: string | null }>(
      `select string_agg(distinct format('%I.%I', n.nspname, k.conname), ', ') as deferred
       from pg_constraint k join pg_namespace n on n.oid = k.connamespace where k.condeferred and n.nspname = any($1::text[])`,
      [this.watch.schemas],
    );
    const { deferred } = rows[0]!;
    if (deferred !== null) {
      this.current = { sql: 'commit', file: null, line: null };
      await this.client.query(`set constraints ${deferred} immediate; set constraints ${deferred} deferred`);
    }
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
