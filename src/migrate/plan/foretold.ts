import { basename } from 'node:path';
import { migrationFiles } from '../files.js';
import type { Effect } from '../lint/effects.js';
import type { PredictedStatement } from '../lint/lint-migration.js';
import { type LintContext, lintMigrations } from '../lint/lint-migrations.js';
import { strongerOf } from '../lint/lock-modes.js';

/** A statement as lint has read it. */
export type ForetoldStatement = Pick<PredictedStatement, 'sql' | 'file' | 'line' | 'effects'>;

/** What lint foretells of migrations, by their names. */
export class Foretold {
  private constructor(private readonly statements: ReadonlyMap<string, readonly ForetoldStatement[]>) {}

  static async read(contexts: readonly LintContext[], migrations: ReadonlySet<string>): Promise<Foretold> {
    const inFolders = await Promise.all(contexts.map(({ migrationsFolder }) => migrationFiles(migrationsFolder)));
    const files = inFolders.flat().filter(({ name }) => migrations.has(name));
    const { statements } = await lintMigrations({ contexts, files: files.map(({ path }) => path) });
    const ups = statements.filter(({ direction }) => direction === 'up');
    return new Foretold(Map.groupBy(ups, ({ file }) => basename(file).replace(/\.[jt]s$/, '')));
  }

  /** The statements of a migration, in the order in which they run. */
  of(migration: string): readonly ForetoldStatement[] {
    return this.statements.get(migration) ?? [];
  }
}

/** Goes through what is foretold of a migration while its statements run. */
export class ForetoldInOrder {
  #next = 0;

  constructor(private readonly statements: readonly ForetoldStatement[]) {}

  /**
   * What is foretold of a statement, with those of its block; nothing where none of its text comes.
   * @param within how many statements its block has, which lint tells of one by one
   */
  find(sql: string, within: number): ForetoldStatement | undefined {
    const at = this.statements.findIndex((statement, index) => index >= this.#next && statement.sql === sql);
    if (at === -1) {
      return undefined;
    }
    this.#next = at + 1 + within;
    const effects = this.statements.slice(at, this.#next).flatMap(statement => statement.effects);
    return { ...this.statements[at]!, effects: ofEachTable(effects) };
  }
}

function ofEachTable(effects: readonly Effect[]): Effect[] {
  return [...Map.groupBy(effects, ({ table }) => table)].map(([table, all]) => ({
    table,
    lock: all.map(({ lock }) => lock).reduce(strongerOf),
    rewrites: all.some(({ rewrites }) => rewrites),
    scans: all.some(({ scans }) => scans),
  }));
}
