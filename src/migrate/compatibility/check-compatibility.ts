import type { Build } from '../build.js';
import type { Finding } from '../lint/finding.js';
import type { Base } from './base.js';
import { type Breakage, OldCode, type Retyped } from './find-broken.js';
import { compatibilityRules } from './rule.js';
import type { Failure } from './run-statements.js';
import { readSteps } from './steps.js';

/** What an older program and newer migrations have in common. */
export interface CompatibilityReport {
  findings: Finding[];
  /** What was run, in a sentence. */
  notes: string[];
}

/** Operations that a message names; all of them stand in the finding. */
const namedOperations = 12;

/** Statements that a message shows, and the length of each. */
const shown = { statements: 2, length: 120 };

/**
 * Tells which operations of an older program a build's migrations break, by running its statements.
 * @param makeDatabase makes an empty database of a PostgreSQL server, of which nothing is kept
 * @throws MigrateError when a migration fails on an empty database
 */
export async function checkCompatibility(
  build: Build,
  base: Base,
  makeDatabase: () => Promise<string>,
): Promise<CompatibilityReport> {
  const { older, newer, migrations, missing } = await readSteps(build, base.record);
  if (missing.length > 0) {
    return {
      findings: [],
      notes: [`Not run, since ${base.name} has migrations that are gone: ${missing.join(', ')}.`],
    };
  }
  if (newer.length === 0) {
    return { findings: [], notes: [`There are no migrations that ${base.name} has not.`] };
  }
  const { statements, changes } = base.record;
  const writes = changes.reduce((sum, change) => sum + change.writes.length, 0);
  const ran = `${statements.length} statements and ${writes} writes of ${base.name} ran on ${migrations.join(', ')}.`;
  const breakages = await new OldCode(base, older, newer, makeDatabase).breakages();
  const findings = breakages
    .filter(({ step }) => !step.allowed.includes(compatibilityRules.breaks.id))
    .flatMap(breakage => [...failed(breakage, base), ...retyped(breakage, base)]);
  return { findings, notes: [ran] };
}

function failed({ step, failures }: Breakage, base: Base): Finding[] {
  if (failures.length === 0) {
    return [];
  }
  const reasons = [...new Set(failures.map(({ message }) => message))];
  const examples = [...new Map(failures.map(one => [one.message, one])).values()].slice(0, shown.statements);
  const message = [
    `It breaks ${tell(operationsOf(failures))}, as ${base.name} has them: ${reasons.slice(0, shown.statements).join('; ')}${more(reasons.length - shown.statements)}.`,
    ...examples.map(({ sql }) => `In: ${shorten(sql)}`),
  ].join(' ');
  return [findingAt(step, 'error', message, operationsOf(failures))];
}

function retyped({ step, retyped: changed }: Breakage, base: Base): Finding[] {
  if (changed.length === 0) {
    return [];
  }
  const columns = [...new Set(changed.map(({ column, from, to }: Retyped) => `"${column}" is ${to} and was ${from}`))];
  const message = `It gives ${tell(operationsOf(changed))}, as ${base.name} has them, values of other types: ${columns.join(', ')}.`;
  return [findingAt(step, 'warning', message, operationsOf(changed))];
}

function findingAt(
  { file, line, sql }: Breakage['step'],
  severity: Finding['severity'],
  message: string,
  operations: string[],
): Finding {
  return {
    rule: compatibilityRules.breaks.id,
    severity,
    message,
    file,
    line,
    direction: 'up',
    statement: sql.trim(),
    operations,
  };
}

/** The operations of statements, those that begin a request first. */
function operationsOf(of: readonly Pick<Failure, 'operations'>[]): string[] {
  const rank = (name: string) =>
    ['Query.', 'Mutation.', 'Subscription.'].findIndex(root => name.startsWith(root)) >>> 0;
  return [...new Set(of.flatMap(({ operations }) => operations))].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function tell(operations: readonly string[]): string {
  return `${operations.slice(0, namedOperations).join(', ')}${more(operations.length - namedOperations)}`;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}

function shorten(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  return line.length > shown.length ? `${line.slice(0, shown.length)}…` : line;
}
