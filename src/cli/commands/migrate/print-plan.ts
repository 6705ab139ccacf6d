import type { PlanFailure, PlanGroup, PlanReport } from '../../../migrate/plan/plan-report.js';
import type {
  Difference,
  RehearsedMigration,
  RehearsedStatement,
  SeenEffects,
  TableEffect,
} from '../../../migrate/plan/rehearsed.js';
import { printTable } from '../../reports/table.js';
import { tellGroup, toJson } from './print-report.js';

/** Characters of a statement that a terminal shows. */
const shownOfStatement = 70;

/** Shops of each kind that a terminal names; the others are counted. */
const shownAtMost = 5;

/** Tells what migrations would do: a program all of it, a person in a table for each migration and group of shops. */
export function printPlan(report: PlanReport, json: boolean | undefined): void {
  if (json) {
    console.log(JSON.stringify({ ...report, drift: report.drift.map(toJson) }, null, 2));
  } else {
    tell(report);
  }
}

function tell({ platform, tenants, groups, failures, left, drift, stopped, seconds }: PlanReport): void {
  if (drift.length > 0) {
    drift.forEach(tellGroup);
    console.error(
      'Nothing was tried, since these schemas are not what the migrations give. Mend them, or give --allow-drift.',
    );
    return;
  }
  tellMigrations('The platform', platform.migrations);
  if (platform.failure) {
    tellFailure('The platform', platform.failure);
  }
  groups.forEach(tellPlanGroup);
  failures.slice(0, shownAtMost).forEach(failure => tellFailure(failure.tenant, failure));
  left.slice(0, shownAtMost).forEach(({ tenant, reason }) => console.error(`${tenant}: left out, since ${reason}.`));
  const { total, pending, chosen, rehearsed, failed, left: leftOut } = tenants;
  const parts = [
    `${number(pending)} of ${number(total)} shops have something pending`,
    ...(pending > 0 ? [`${number(rehearsed)} of ${number(chosen)} chosen ones tried in ${seconds.toFixed(1)} s`] : []),
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(leftOut > 0 ? [`${number(leftOut)} left out`] : []),
    ...(stopped ? [stopped] : []),
  ];
  console.log(`${parts.join(', ')}. All was rolled back.`);
}

function tellPlanGroup({ tenants, slowest, migrations }: PlanGroup): void {
  const names = tenants.slice(0, shownAtMost).join(', ');
  const others = tenants.length - shownAtMost;
  const shops = others > 0 ? `${names} and ${number(others)} more` : names;
  tellMigrations(tenants.length > 1 ? `${shops} (figures of ${slowest}, the slowest)` : shops, migrations);
}

function tellMigrations(who: string, migrations: readonly RehearsedMigration[]): void {
  for (const { name, wasRun, milliseconds, statements } of migrations) {
    const what = wasRun
      ? `${milliseconds} ms`
      : 'not run, since what runs outside of a transaction cannot be rolled back; this is what lint foretells';
    console.log(`${who}: ${name}, ${what}`);
    printTable(
      ['Line', 'Statement', 'Locks until the migration ends', 'Does', 'Took', 'Log', 'Foretold otherwise'],
      statements.map(rowOf),
    );
  }
}

function rowOf({ sql, line, foretold, seen, differences }: RehearsedStatement): string[] {
  const text = sql.replaceAll(/\s+/g, ' ');
  const statement = wrap(text.length > shownOfStatement ? `${text.slice(0, shownOfStatement)}…` : text);
  const place = line === null ? '' : String(line);
  if (!seen) {
    const effects = foretold ?? [];
    const locks = effects.map(({ table, lock }) => `${lock}\n  ${table}`);
    const does = effects.flatMap(({ table, rewrites, scans }) => [
      ...(rewrites ? [`rewrites ${table}`] : []),
      ...(scans ? [`reads all of ${table}`] : []),
    ]);
    return [place, statement, locks.join('\n'), does.join('\n'), '', '', ''];
  }
  return [
    place,
    statement,
    seen.locks.map(({ table, lock, heldMilliseconds }) => `${lock}\n  ${table}, ${heldMilliseconds} ms`).join('\n'),
    doings(seen).join('\n'),
    `${seen.milliseconds} ms`,
    `${number(seen.walBytes)} B`,
    foretold ? differences.map(inWords).join('\n') : 'nothing was foretold',
  ];
}

function doings({ rewrites, scans, rows }: SeenEffects): string[] {
  return [
    ...rewrites.map(table => `rewrites ${table}`),
    ...scans.map(({ table, rows: read }) => `reads ${table}: ${count(read)}`),
    ...rows.flatMap(({ table, inserted, updated, deleted }) => [
      ...(inserted > 0 ? [`adds to ${table}: ${count(inserted)}`] : []),
      ...(updated > 0 ? [`changes in ${table}: ${count(updated)}`] : []),
      ...(deleted > 0 ? [`deletes from ${table}: ${count(deleted)}`] : []),
    ]),
  ];
}

function inWords({ table, foretold, seen }: Difference): string {
  return `${table}: foretold ${effectInWords(foretold)},\n  seen ${effectInWords(seen)}`;
}

function effectInWords({ lock, rewrites, scans }: TableEffect): string {
  return [lock ?? 'no such lock', ...(rewrites ? ['rewritten'] : []), ...(scans ? ['read'] : [])].join(', ');
}

function tellFailure(who: string, { migration, statement, reason }: PlanFailure): void {
  console.error(`${who}: ${migration ?? 'not begun'}: ${reason}`);
  if (statement) {
    const place = statement.file === null ? '' : `${statement.file}:${statement.line}: `;
    console.error(`  ${place}${statement.sql.replaceAll(/\s+/g, ' ')}`);
  }
}

/** A text in lines that leave room for the columns beside it. */
function wrap(text: string): string {
  return text.replaceAll(/(.{1,36})(?:\s+|$)/g, '$1\n').trimEnd();
}

function count(rows: number): string {
  return `${number(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
