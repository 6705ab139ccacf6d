import { blockedBy } from '../lock-modes.js';
import type { Finding } from '../finding.js';
import type { LintReport } from '../lint-migrations.js';
import { ownRules, ruleOf } from '../own-rules.js';

/** As much of a statement as tells which one it is. */
const shownOfStatement = 160;

/** The findings for a person: each with its place, and then the safe way of each rule once. */
export function asText({ findings, migrations, statements }: LintReport): string {
  const looked = `${count(migrations.length, 'migration')} with ${count(statements.length, 'statement')}`;
  if (findings.length === 0) {
    return migrations.length === 0 ? 'There is no migration to check.' : `Nothing to mend in ${looked}.`;
  }
  const rules = new Set(findings.map(({ rule }) => rule));
  return [
    ...findings.map(describe),
    ...[...rules].map(explain),
    `${count(findings.length, 'finding')} in ${looked}.`,
  ].join('\n\n');
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

function explain(id: string): string {
  const { title, danger, safeWay } = ruleOf(id)!;
  return [
    `${id}: ${title}.`,
    `  ${danger}`,
    '  The safe way:',
    ...safeWay.split('\n').map(line => `    ${line}`),
    ...(isOwn(id) ? [] : [`  Where it is right as it is, say so beside the statement: -- pier2:allow ${id} <reason>`]),
  ].join('\n');
}

function shorten(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ');
  return line.length > shownOfStatement ? `${line.slice(0, shownOfStatement)}…` : line;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Whether it is about the file or its comments, which nothing can allow. */
function isOwn(id: string): boolean {
  return Object.values(ownRules).some(rule => rule.id === id);
}
