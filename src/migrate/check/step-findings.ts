import { relative, sep } from 'node:path';
import { projectFolder } from '../../project-folder.js';
import type { Finding } from '../lint/finding.js';
import { type RecordedMigration, recordMigration } from '../recorded-migration.js';
import { checkRules } from './rules.js';
import type { Failure, Step } from './walk.js';

/** A finding about a migration that failed, at the statement that did. */
export function failure(
  rule: 'upFails' | 'upFailsOnRows' | 'downFails',
  step: Step,
  { reason, statement }: Failure,
): Finding {
  return {
    ...about(rule, step, `${reason}.`),
    ...(statement?.line !== undefined && { line: statement.line }),
    ...(statement && { statement: statement.sql }),
    direction: rule === 'downFails' ? 'down' : 'up',
  };
}

/** A finding about a migration as a whole. */
export function about(rule: keyof typeof checkRules, { path }: Step, message: string): Finding {
  const { id, severity } = checkRules[rule];
  return { rule: id, severity, message, file: relative(projectFolder, path).replaceAll(sep, '/'), line: 1 };
}

/** What differs between two schemas, told by the first object; undefined when they are equal. */
export function difference(expected: readonly string[], found: readonly string[]): string | undefined {
  const missing = expected.filter(line => !found.includes(line));
  const left = found.filter(line => !expected.includes(line));
  const [first] = [...missing.map(line => `lacks ${line}`), ...left.map(line => `has ${line}`)];
  const others = missing.length + left.length - 1;
  return first && `${first}${others > 0 ? `, and ${others} more` : ''}`;
}

/** Why a migration cannot be taken back, where it says so itself: by an error, whatever the database. */
export async function saysNoWayBack({ path }: Step): Promise<string | undefined> {
  const recorded = await recordMigration(path).catch((): Partial<RecordedMigration> => ({}));
  return recorded.noWayBack;
}
