import type { Command } from 'commander';
import type { FleetStatus, TenantStatus } from '../../../migrate/status.js';
import { printTable } from '../../reports/table.js';
import { addCommonOptions, type CommonFlags, selectionOf } from './options.js';
import { withMigrations } from './run.js';

/** Shops that are not up to date that a terminal shows; the others are counted. */
const shownAtMost = 20;

/** Adds `pier2 migrate status`. */
export function addStatus(migrate: Command): void {
  const command = migrate
    .command('status')
    .description(
      'Tells which migrations the platform and the shops have seen; of shops, those that are not up to date.',
    );
  addCommonOptions(command, 'list all shops')
    .addHelpText('after', '\nExit codes: 0 all are up to date, 1 something is pending, failed or drifts.')
    .action(async (flags: CommonFlags) => {
      const { isUpToDate, readStatus } = await import('../../../migrate/status.js');
      const selection = selectionOf({ ...flags, all: false });
      const status = await withMigrations(flags, (url, build) => readStatus(url, build, selection));
      const behind = status.tenants.filter(tenant => !isUpToDate(tenant));
      if (flags.json) {
        console.log(JSON.stringify(status, null, 2));
      } else if (flags.all || selection !== 'all') {
        tell(status, status.tenants);
      } else {
        tell(status, byUrgency(behind).slice(0, shownAtMost), behind.length - shownAtMost);
      }
      process.exitCode = status.platform.pending.length + behind.length === 0 ? 0 : 1;
    });
}

/** Those that failed or drift before those that only have something pending. */
function byUrgency(tenants: readonly TenantStatus[]): TenantStatus[] {
  const order = ({ failure, drift }: TenantStatus) => (failure ? 0 : drift === null ? 2 : 1);
  return tenants.toSorted((a, b) => order(a) - order(b));
}

/** @param others shops that might be listed, too */
function tell({ platform, tenants, builds, lastRun }: FleetStatus, listed: readonly TenantStatus[], others = 0): void {
  const pending = platform.pending.length > 0 ? `; pending: ${platform.pending.join(', ')}` : '';
  console.log(`Platform: ${platform.migration ?? 'no migration'}${pending}`);
  for (const [migration, count] of countBy(tenants, ({ migration: last }) => last ?? 'no migration')) {
    console.log(`${number(count)} ${count === 1 ? 'shop' : 'shops'} at ${migration}`);
  }
  const count = (what: (tenant: TenantStatus) => boolean) => number(tenants.filter(what).length);
  console.log(
    `${count(tenant => tenant.pending.length > 0)} pending, ${count(({ failure }) => failure !== null)} failed, ` +
      `${count(({ drift }) => drift !== null)} known to drift, ` +
      `${count(({ backfills }) => backfills.length > 0)} not backfilled`,
  );
  for (const { build, migration: last, processes } of builds) {
    const what = processes === 1 ? 'process serves' : 'processes serve';
    console.log(`${number(processes)} ${what} with build ${build.slice(0, 12)}, up to ${last ?? 'no migration'}`);
  }
  if (lastRun) {
    const { verb, startedAt, endedAt, complete, failed } = lastRun;
    const end = endedAt === null ? 'not ended' : complete ? 'complete' : `${number(failed)} failed`;
    console.log(`Last run: ${verb} at ${startedAt.toISOString()}, ${end}`);
  }
  if (listed.length > 0) {
    printTable(
      ['Shop', 'Migration', 'Pending', 'Took', 'What is wrong'],
      listed.map(({ tenant, migration, pending: missing, milliseconds, failure, drift, unknown, backfills }) => [
        tenant,
        migration ?? 'none',
        String(missing.length),
        milliseconds === null ? '' : `${milliseconds} ms`,
        [
          ...(failure ? [`${failure.migration ?? ''} failed: ${failure.reason}`.trim()] : []),
          ...(drift === null ? [] : [drift]),
          ...backfills.map(({ migration: expansion, rows }) => `${number(rows)} rows backfilled for ${expansion}`),
          ...(unknown.length > 0 ? [`${unknown.length} of another build`] : []),
        ].join('\n'),
      ]),
    );
  }
  if (others > 0) {
    console.log(`… and ${number(others)} more; --all lists all shops.`);
  }
}

function countBy(tenants: readonly TenantStatus[], key: (tenant: TenantStatus) => string): Map<string, number> {
  const counts = new Map<string, number>();
  tenants.forEach(tenant => counts.set(key(tenant), (counts.get(key(tenant)) ?? 0) + 1));
  return counts;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
