import type { RecordedStatement } from '../recorded-migration.js';
import type { Allow, Allows } from './allow.js';
import { joinedName } from './ast.js';
import type { ParsedStatement, SqlParser } from './parser.js';
import type { LintedStatement } from './rule.js';
import type { SourceText } from './source-text.js';

/** A statement with the comments that allow something beside it. */
export interface ReadStatement extends LintedStatement {
  allowed: Allow[];
}

/** SQL that PostgreSQL would not understand. */
export class SyntaxMistake extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/**
 * The statements in what a migration gave to `addSql` at once, each with its line in the migration's file. The statements of a
 * DO block follow it.
 * @throws SyntaxMistake when it is no SQL
 */
export function readStatements(
  recorded: RecordedStatement,
  source: SourceText,
  allows: Allows,
  parser: SqlParser,
): ReadStatement[] {
  const { sql } = recorded;
  const lines = source.linesOf(sql.trim(), recorded.line);
  const indent = sql.length - sql.trimStart().length;
  const lineAt = (offset: number) => lines?.[Math.max(offset - indent, 0)] ?? recorded.line ?? 1;
  const parsed = parse();
  const comments = parser.comments(sql);
  const names = parser.identifiers(sql);
  const around = allows.inSource(source, recorded, lines);
  return parsed.flatMap((statement, index) => {
    const isLast = index === parsed.length - 1;
    const { inner, isDynamic } = statementsWithin(statement, parser);
    const read: ReadStatement = {
      ...statement,
      effects: [],
      identifiers: names
        .filter(({ start }) => start >= statement.start && start < statement.end)
        .map(name => name.text.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"')),
      hasDynamicSql: isDynamic,
      line: lineAt(statement.start),
      allowed: [...around, ...allows.inSql(statement, { comments, sql, isLast, lineAt })],
    };
    return [read, ...inner.map(part => ({ ...read, ...part, identifiers: [] }))];
  });

  function parse(): ParsedStatement[] {
    try {
      return parser.parse(sql);
    } catch (error) {
      const { message, sqlDetails } = error as Error & { sqlDetails?: { cursorPosition: number } };
      throw new SyntaxMistake(message, lineAt(sqlDetails?.cursorPosition ?? 0));
    }
  }
}

/** The statements that a DO block holds; of others none. */
export function statementsWithin(
  { node, sql }: ParsedStatement,
  parser: SqlParser,
): { inner: ParsedStatement[]; isDynamic: boolean } {
  if (!('DoStmt' in node)) {
    return { inner: [], isDynamic: false };
  }
  const language = node.DoStmt.args?.find(item => 'DefElem' in item && item.DefElem.defname === 'language');
  if (language && 'DefElem' in language && joinedName(language.DefElem.arg) !== 'plpgsql') {
    return { inner: [], isDynamic: true };
  }
  const { statements, isDynamic } = parser.parseBlock(sql);
  return { inner: statements.flatMap(statement => parser.parse(statement)), isDynamic };
}
