import type { AlterTableCmd, ColumnDef, Constraint } from 'libpg-query';
import { commandsOf, constraintsOf, tableName } from './ast.js';
import type { Catalogue } from './catalogue.js';
import type { Effect } from './effects.js';
import type { LockMode } from './lock-modes.js';
import type { ParsedStatement } from './parser.js';

/** What runs the migrations: `pier2 migrate apply`, or MikroORM's own command, which sets no timeouts. */
export type Runner = 'pier2' | 'mikro-orm';

/** A statement with what is known of it before it is run. */
export interface LintedStatement extends ParsedStatement {
  effects: Effect[];
  /** The names that stand in it, as they are written. */
  identifiers: string[];
  /** Of a DO block: whether it executes SQL that it builds. */
  hasDynamicSql: boolean;
  /** The line of the file that it is found at. */
  line: number;
}

/** What a rule is told besides the statement. */
export interface RuleContext {
  /** Whose tables the migration is about. */
  schema: 'tenant' | 'platform';
  isTransactional: boolean;
  runner: Runner;
  direction: 'up' | 'down';
  /** What the migrations and statements before this one have made. */
  catalogue: Catalogue;
  /** Whether the migration itself makes this table: nobody can wait for it. */
  isNew: (table: string) => boolean;
  /** All statements of this direction, in their order. */
  statements: readonly LintedStatement[];
  earlier: readonly LintedStatement[];
}

/** One thing that a migration should not do, for those who read of it. */
export interface RuleDescription {
  id: string;
  /** An error holds up others for as long as there are rows, breaks the programs that run, or fails; a warning is shorter. */
  severity: 'error' | 'warning';
  /** What it finds, in a few words. */
  title: string;
  /** The strongest lock that such a statement takes of a table that is in use. */
  lock?: LockMode;
  danger: string;
  /** How to come to the same end, in SQL. */
  safeWay: string;
  /**
   * Undoing a migration takes away what it gave and hands over to the programs of before, so what is brief, or only breaks the
   * programs of after, is not found there.
   */
  onlyUp?: true;
}

/** A rule about single statements. */
export interface Rule extends RuleDescription {
  /** Says what is wrong with a statement, one text each. */
  check(statement: LintedStatement, context: RuleContext): Iterable<string>;
}

export interface Alteration {
  table: string;
  command: AlterTableCmd;
  /** The column as it is added or changed. */
  column?: ColumnDef;
}

/** What an ALTER TABLE does to a table that the migration does not make itself, of certain kinds. */
export function alterations(
  { node }: LintedStatement,
  context: RuleContext,
  ...kinds: NonNullable<AlterTableCmd['subtype']>[]
): Alteration[] {
  if (!('AlterTableStmt' in node)) {
    return [];
  }
  const table = tableName(node.AlterTableStmt.relation!);
  if (context.isNew(table)) {
    return [];
  }
  return commandsOf(node.AlterTableStmt).flatMap(command => {
    if (!kinds.includes(command.subtype!)) {
      return [];
    }
    const { def } = command;
    return { table, command, ...(def && 'ColumnDef' in def && { column: def.ColumnDef }) };
  });
}

/** The constraints that a statement adds to such a table, with those that stand behind a new column's type. */
export function addedConstraints(
  statement: LintedStatement,
  context: RuleContext,
  kind: NonNullable<Constraint['contype']>,
): { table: string; constraint: Constraint; column?: ColumnDef }[] {
  return alterations(statement, context, 'AT_AddConstraint', 'AT_AddColumn')
    .flatMap(({ table, command: { def }, column }) => {
      const constraints = column ? constraintsOf(column) : def && 'Constraint' in def ? [def.Constraint] : [];
      return constraints.map(constraint => ({ table, constraint, ...(column && { column }) }));
    })
    .filter(({ constraint }) => constraint.contype === kind);
}

/** The tables in use on which a statement takes this lock or a stronger one. */
export function effectsOnUsed({ effects }: LintedStatement, { isNew }: RuleContext): Effect[] {
  return effects.filter(({ table }) => !isNew(table));
}

/** The name of a constraint, or what it is called where it has none. */
export function constraintName({ conname }: Constraint): string {
  return conname ? `"${conname}"` : 'a constraint without a name';
}
