import { compatibilityRules } from '../compatibility/rule.js';
import type { RecordedMigration, RecordedStatement } from '../recorded-migration.js';
import { type Allow, Allows } from './allow.js';
import { tableName } from './ast.js';
import type { Catalogue } from './catalogue.js';
import { type Effect, effectsOf } from './effects.js';
import type { Finding } from './finding.js';
import { isAtLeast } from './lock-modes.js';
import { ownRules, ruleOf } from './own-rules.js';
import type { SqlParser } from './parser.js';
import { type ReadStatement, readStatements, SyntaxMistake } from './read-statements.js';
import type { LintedStatement, Rule, RuleContext, RuleDescription, Runner } from './rule.js';
import { statementRules } from './rules.js';
import { SourceText } from './source-text.js';

export interface MigrationToLint {
  migration: RecordedMigration;
  /** The text of the migration's file. */
  source: string;
  /** The file's name as findings tell it. */
  file: string;
  schema: RuleContext['schema'];
  runner: Runner;
}

/** A statement with what it will do to tables. */
export interface PredictedStatement {
  sql: string;
  file: string;
  line: number;
  direction: 'up' | 'down';
  effects: Effect[];
}

/**
 * Checks a migration's statements, up and then down, by all rules.
 * @param catalogue what the migrations before this one have made; afterwards, with what this one makes
 */
export function lintMigration(
  { migration, source, file, schema, runner }: MigrationToLint,
  catalogue: Catalogue,
  parser: SqlParser,
): { findings: Finding[]; statements: PredictedStatement[] } {
  const findings: Finding[] = [];
  const predicted: PredictedStatement[] = [];
  const allows = new Allows();
  const text = new SourceText(source);
  const newTables = new Set<string>();
  lintDirection('up', migration.up, catalogue);
  // Undoing it must not change what the next migration finds.
  lintDirection('down', migration.down, catalogue.copy());
  findings.push(...allows.all.flatMap(wrongAllow));
  return { findings: findings.sort((a, b) => a.line - b.line), statements: predicted };

  function lintDirection(direction: 'up' | 'down', recorded: RecordedStatement[], before: Catalogue): void {
    const statements = recorded.flatMap(statement => readOrReport(statement, direction));
    const checked: LintedStatement[] = [];
    for (const statement of statements) {
      statement.effects = effectsOf(statement.node, before);
      predicted.push({ sql: statement.sql, file, line: statement.line, direction, effects: statement.effects });
      const context: RuleContext = {
        schema,
        isTransactional: migration.isTransactional,
        runner,
        direction,
        catalogue: before,
        isNew: table => newTables.has(table),
        statements,
        earlier: checked,
      };
      check(statement, context);
      tablesMadeBy(statement, context).forEach(table => newTables.add(table));
      before.apply(statement.node);
      checked.push(statement);
    }
  }

  function readOrReport(recorded: RecordedStatement, direction: 'up' | 'down'): ReadStatement[] {
    try {
      return readStatements(recorded, text, allows, parser);
    } catch (error) {
      if (!(error instanceof SyntaxMistake)) {
        throw error;
      }
      const { message, line } = error;
      findings.push({ ...findingAt(ownRules.syntax, `${message}.`, line), direction, statement: recorded.sql.trim() });
      return [];
    }
  }

  function check(statement: ReadStatement, context: RuleContext): void {
    const rules = statementRules.filter(({ onlyUp }) => context.direction === 'up' || !onlyUp);
    for (const rule of rules) {
      for (const message of rule.check(statement, context)) {
        const allow = statement.allowed.find(({ rule: id, reason }) => id === rule.id && reason !== '');
        if (allow) {
          allow.isUsed = true;
        } else {
          findings.push(findingOf(rule, message, statement, context));
        }
      }
    }
  }

  /** A finding with the strongest lock that the statement takes of a table in use. */
  function findingOf(rule: Rule, message: string, statement: LintedStatement, context: RuleContext): Finding {
    const [strongest] = statement.effects
      .filter(({ table }) => !context.isNew(table))
      .sort((a, b) => (isAtLeast(a.lock, b.lock) ? 0 : 1));
    return {
      ...findingAt(rule, message, statement.line),
      direction: context.direction,
      statement: statement.sql,
      ...(strongest && { lock: strongest.lock, table: strongest.table, rewrites: strongest.rewrites }),
    };
  }

  function findingAt({ id, severity }: RuleDescription, message: string, line: number): Finding {
    return { rule: id, severity, message, file, line };
  }

  function wrongAllow({ rule, reason, line, isUsed }: Allow): Finding[] {
    if (reason === '') {
      return [findingAt(ownRules.reason, `Say behind "pier2:allow${rule && ` ${rule}`}" why it is right here.`, line)];
    }
    if (rule === compatibilityRules.breaks.id) {
      // Whether it finds something there is known to who runs the statements of the last release.
      return [];
    }
    if (!ruleOf(rule)) {
      return [findingAt(ownRules.unused, `There is no rule "${rule}".`, line)];
    }
    return isUsed ? [] : [findingAt(ownRules.unused, `The rule "${rule}" finds nothing there.`, line)];
  }
}

/** The tables that a statement makes where there were none of their names. */
function tablesMadeBy({ node }: LintedStatement, { catalogue, isNew }: RuleContext): string[] {
  if ('CreateStmt' in node) {
    const name = tableName(node.CreateStmt.relation!);
    return catalogue.tables.has(name) ? [] : [name];
  }
  if ('CreateTableAsStmt' in node) {
    return [tableName(node.CreateTableAsStmt.into!.rel!)];
  }
  if ('RenameStmt' in node && node.RenameStmt.renameType === 'OBJECT_TABLE') {
    return isNew(tableName(node.RenameStmt.relation!)) ? [node.RenameStmt.newname!] : [];
  }
  return 'ViewStmt' in node ? [tableName(node.ViewStmt.view!)] : [];
}
