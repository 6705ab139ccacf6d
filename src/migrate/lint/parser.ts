import type { Node, ScanToken } from 'libpg-query';

/** A statement as PostgreSQL's grammar reads it. */
export interface ParsedStatement {
  node: Node;
  /** Its text, from its first word. */
  sql: string;
  /** Where the text begins, in characters of what was parsed. */
  start: number;
  end: number;
}

/** A comment, or another part of the text that the grammar takes as one. */
export interface Token {
  text: string;
  start: number;
  end: number;
}

/** PostgreSQL's own parser. */
export interface SqlParser {
  /** @throws Error when it is no SQL of PostgreSQL 18 */
  parse(sql: string): ParsedStatement[];
  comments(sql: string): Token[];
  identifiers(sql: string): Token[];
  /** The statements that a DO block of PL/pgSQL holds, and whether it also runs some that it builds. */
  parseBlock(sql: string): { statements: string[]; isDynamic: boolean };
}

let loading: Promise<SqlParser> | undefined;

/** Loads the parser when it is first needed: it is a megabyte of WebAssembly, which no other command should pay for. */
export function loadParser(): Promise<SqlParser> {
  return (loading ??= load());
}

async function load(): Promise<SqlParser> {
  const { loadModule, parsePlPgSQLSync, parseSync, scanSync } = await import('libpg-query');
  await loadModule();
  return {
    parse(sql) {
      const bytes = Buffer.from(sql);
      return (parseSync(sql).stmts ?? []).map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
        const text = bytes.subarray(from, length === undefined ? undefined : from + length).toString();
        const [leading] = leadingSpace.exec(text)!;
        const start = bytes.subarray(0, from).toString().length + leading.length;
        const own = text.slice(leading.length).trimEnd();
        return { node: stmt!, sql: own, start, end: start + own.length };
      });
    },
    comments: sql => tokensOf(sql, ({ tokenName }) => /^(SQL|C)_COMMENT$/.test(tokenName)),
    identifiers: sql => tokensOf(sql, ({ tokenName }) => tokenName === 'IDENT'),
    parseBlock: sql => statementsOfBlock(parsePlPgSQLSync(sql)),
  };

  function tokensOf(sql: string, isWanted: (token: ScanToken) => boolean): Token[] {
    const bytes = Buffer.from(sql);
    const inCharacters = (offset: number) => bytes.subarray(0, offset).toString().length;
    return scanSync(sql)
      .tokens.filter(isWanted)
      .map(({ start, end, text }) => ({ text, start: inCharacters(start), end: inCharacters(end) }));
  }
}

/** Space and comments before a statement's first word. */
const leadingSpace = /^(?:\s|--[^\n]*\n?|\/\*[^]*?\*\/)*/;

function statementsOfBlock(tree: unknown): { statements: string[]; isDynamic: boolean } {
  const statements: string[] = [];
  let isDynamic = false;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === 'PLpgSQL_stmt_execsql') {
        statements.push((child as { sqlstmt: { PLpgSQL_expr: { query: string } } }).sqlstmt.PLpgSQL_expr.query);
      } else if (key === 'PLpgSQL_stmt_dynexecute' || key === 'PLpgSQL_stmt_dynfors') {
        isDynamic = true;
      }
      visit(child);
    }
  };
  visit(tree);
  return { statements, isDynamic };
}
