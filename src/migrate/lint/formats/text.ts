import { blockedBy } from '../lock-modes.js';
import type { Finding } from '../finding.js';
import type { LintReport } from '../lint-migrations.js';
import { allRules, ruleOf } from '../own-rules.js';
import type { RuleDescription } from '../rule.js';
import { statementRules } from '../rules.js';

/** As much of a statement as tells which one it is. */
const shownOfStatement = 160;

/** The findings for a person: each with its place, and then the safe way of each rule once. */
export function asText({ findings, migrations, statements }: LintReport): string {
  const looked = `${count(migrations.length, 'migration')} with ${count(statements.length, 'statement')}`;
  if (findings.length === 0) {
    return migrations.length === 0 ? 'There is no migration to check.' : `Nothing to mend in ${looked}.`;
  }
  return [...tellFindings(findings), `${count(findings.length, 'finding')} in ${looked}.`].join('\n\n');
}

/** Findings, and then what is to be said of each of their rules. */
export function tellFindings(findings: readonly Finding[], rules = allRules): string[] {
  const ids = new Set(findings.map(({ rule }) => rule));
  return [...findings.map(describe), ...[...ids].map(id => explain(ruleOf(id, rules)!))];
}

function describe({ file, line, severity, rule, message, statement, lock, table, rewrites }: Finding): string {
  const effects = [
    lock && `${lock} on "${table}" (${blockedBy(lock)})`,
    rewrites && 'the table gets a new file',
  ].filter(Boolean);
  return [
    `${file}:${line}  ${severity}  ${rule}`,
    `  ${message}`,
    ...(statement ? [`  Statement: ${shorten(statement)}`] : []),
    ...(effects.length > 0 ? [`  Lock: ${effects.join('; ')}`] : []),
  ].join('\n');
}

function explain({ id, title, danger, safeWay }: RuleDescription): string {
  return [
    `${id}: ${title}.`,
    `  ${danger}`,
    '  The safe way:',
    ...safeWay.split('\n').map(line => `    ${line}`),
    ...(isAboutStatements(id)
      ? [`  Where it is right as it is, say so beside the statement: -- pier2:allow ${id} <reason>`]
      : []),
  ].join('\n');
}

function shorten(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ');
  return line.length > shownOfStatement ? `${line.slice(0, shownOfStatement)}…` : line;
}

/** A number of things. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Whether it is about single statements, and not about files or comments, which nothing can allow. */
function isAboutStatements(id: string): boolean {
  return statementRules.some(rule => rule.id === id);
}
