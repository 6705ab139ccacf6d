import type { SchemaGroup } from '../../../migrate/drift.js';
import type { MigrationReport } from '../../../migrate/report.js';
import { printTable } from '../../reports/table.js';

/** Shops that a terminal shows; the others are counted. */
const shownAtMost = 20;

/** Tells what a run over tenants came to: a program all of it, a person what is to be known. */
export function printReport(report: MigrationReport, json: boolean | undefined): void {
  if (json) {
    const drift = report.drift.map(toJson);
    console.log(JSON.stringify({ ...report, drift }, null, 2));
  } else {
    tell(report);
  }
}

/** A group of equal schemas, as programs read it. */
export function toJson({ fingerprint, migration, tenants, difference }: SchemaGroup): object {
  return {
    fingerprint,
    migration: migration ?? null,
    tenants: tenants.map(({ name }) => name),
    difference: difference ?? null,
  };
}

function tell({
  verb,
  dryRun,
  unchanged,
  platform,
  tenants,
  outcomes,
  drift,
  stopped,
  seconds,
}: MigrationReport): void {
  if (unchanged) {
    console.log('The migrations are those of the last complete run; there is nothing to do.');
    return;
  }
  if (platform.failure !== undefined) {
    console.error(`The platform could not be migrated, so no shop was: ${platform.failure}`);
    return;
  }
  if (platform.migrations.length > 0) {
    console.log(`The platform ${dryRun ? 'would see' : 'has seen'} ${platform.migrations.join(', ')}.`);
  }
  if (drift.length > 0) {
    drift.forEach(tellGroup);
    console.error(
      'Nothing was run, since these schemas are not what the migrations give. Mend them, or give --allow-drift.',
    );
    return;
  }
  if (dryRun) {
    tellPlan(outcomes);
    return;
  }
  for (const { tenant, outcome } of outcomes.filter(({ outcome: { kind } }) => kind !== 'done').slice(0, shownAtMost)) {
    if (outcome.kind === 'failed') {
      console.error(`${tenant}: ${outcome.migration ?? 'not begun'}: ${outcome.reason}`);
    } else if (outcome.kind === 'left') {
      console.error(`${tenant}: left out, since ${outcome.reason}.`);
    }
  }
  const { total, upToDate, migrated, left, failed, untried } = tenants;
  const parts = [
    `${number(migrated)} of ${number(total)} shops ${verb === 'apply' ? 'migrated' : 'taken back'} in ${seconds.toFixed(1)} s`,
    ...(upToDate > 0 ? [`${number(upToDate)} had nothing to do`] : []),
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(left > 0 ? [`${number(left)} left out`] : []),
    ...(untried > 0 ? [`${number(untried)} not tried (${stopped})`] : []),
  ];
  console.log(`${parts.join(', ')}.`);
  if (failed + left + untried > 0) {
    console.error('What is done stays done: give the same command again when the rest can go on.');
  }
}

function tellPlan(outcomes: MigrationReport['outcomes']): void {
  if (outcomes.length === 0) {
    console.log('No shop that is there has anything to run. Nothing was run.');
    return;
  }
  printTable(
    ['Shop', 'Would run'],
    outcomes
      .slice(0, shownAtMost)
      .map(({ tenant, migrations, outcome }) => [
        tenant,
        [...migrations, ...('held' in outcome ? [outcome.held] : [])].join('\n'),
      ]),
  );
  const others = outcomes.length - shownAtMost;
  console.log(others > 0 ? `… and ${number(others)} more shops. Nothing was run.` : 'Nothing was run.');
}

/** Tells of a group of equal schemas, and what is different in them. */
export function tellGroup({ migration, tenants, difference }: SchemaGroup): void {
  const names = tenants.slice(0, 5).map(({ name }) => name);
  const more = tenants.length > names.length ? ` and ${number(tenants.length - names.length)} more` : '';
  const version = migration ?? 'no migration';
  console.log(
    `${names.join(', ')}${more}, at ${version}: ${difference ? difference.description : 'as the migrations give it'}`,
  );
}

function number(value: number): string {
  return value.toLocaleString('en');
}
