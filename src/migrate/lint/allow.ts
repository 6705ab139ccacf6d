import type { RecordedStatement } from '../recorded-migration.js';
import type { ParsedStatement, Token } from './parser.js';
import type { SourceText } from './source-text.js';

/** A comment `pier2:allow rule reason`, which silences a rule for the statement that it stands beside. */
export interface Allow {
  rule: string;
  reason: string;
  line: number;
  isUsed: boolean;
}

/** The text that several statements may have been recorded in together. */
export interface AllTogether {
  sql: string;
  comments: Token[];
  /** The line of the migration's file that a character of the text stands in. */
  lineAt: (offset: number) => number;
}

/** The comments of a migration that allow something. */
export class Allows {
  /** By line and rule, since several statements may stand beside one comment. */
  readonly #found = new Map<string, Allow>();

  get all(): Allow[] {
    return [...this.#found.values()];
  }

  /** Those in the statement's SQL: in it, before it, or behind it in the same line. */
  inSql(statement: ParsedStatement, { comments, sql, isLast, lineAt }: AllTogether & { isLast: boolean }): Allow[] {
    return comments
      .filter(comment => belongsTo(statement, comment, sql, isLast))
      .flatMap(({ text, start }) => this.#note(text.replace(/\*\/$/, ''), lineAt(start)));
  }

  /** Those in the migration's code: right above the call or the text of a statement, or in one of its lines. */
  inSource(source: SourceText, { line: call }: RecordedStatement, lines: number[] | undefined): Allow[] {
    const [first] = lines ?? [];
    const last = lines?.at(-1);
    const own = new Set<number>();
    if (call !== undefined) {
      own.add(call);
      source.commentLinesAbove(call).forEach(line => own.add(line));
    }
    if (first !== undefined && last !== undefined) {
      for (let line = first; line <= last; line++) {
        own.add(line);
      }
      source.commentLinesAbove(first).forEach(line => own.add(line));
    }
    return [...own].sort((a, b) => a - b).flatMap(line => this.#note(source.commentIn(line) ?? '', line));
  }

  #note(comment: string, line: number): Allow[] {
    const [, rule, reason] = /pier2:allow\b[ \t]*(\S*)[ \t]*(.*)/.exec(comment) ?? [];
    if (rule === undefined) {
      return [];
    }
    const key = `${line} ${rule}`;
    const allow = this.#found.get(key) ?? { rule, reason: reason!.trim(), line, isUsed: false };
    this.#found.set(key, allow);
    return [allow];
  }
}

function belongsTo({ start, end }: ParsedStatement, comment: Token, sql: string, isLast: boolean): boolean {
  const isBehindInLine = comment.start >= end && /^[; \t]*$/.test(sql.slice(end, comment.start));
  const isWithin = comment.start >= start && comment.start < end;
  const isBefore =
    comment.start < start && isOnlySpaceAndComments(sql.slice(comment.start, start)) && !isBehindOther(sql, comment);
  return isBehindInLine || isWithin || isBefore || (isLast && comment.start >= end);
}

/** Whether a comment stands behind a statement in its line, and so belongs to that one. */
function isBehindOther(sql: string, comment: Token): boolean {
  const line = sql.slice(sql.lastIndexOf('\n', comment.start) + 1, comment.start);
  return line.trim() !== '';
}

function isOnlySpaceAndComments(text: string): boolean {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*$/.test(text);
}
