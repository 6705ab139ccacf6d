import { isAtLeast } from '../lint/lock-modes.js';
import { weakest } from './compare.js';
import type { PlanGroup } from './plan-report.js';
import type { RehearsedMigration } from './rehearsed.js';

/** Gathers what was seen with tenants in groups of those with whom it was the same, so that it stays small however many they are. */
export class PlanGroups {
  readonly #groups = new Map<string, PlanGroup>();

  add(tenant: string, migrations: RehearsedMigration[]): void {
    const form = JSON.stringify(migrations.map(formOf));
    const group = this.#groups.get(form);
    if (!group) {
      this.#groups.set(form, { tenants: [tenant], slowest: tenant, migrations });
      return;
    }
    group.tenants.push(tenant);
    if (timeOf(migrations) > timeOf(group.migrations)) {
      Object.assign(group, { slowest: tenant, migrations });
    }
  }

  /** Large groups first. */
  get all(): PlanGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.tenants.length - a.tenants.length);
  }
}

function timeOf(migrations: readonly RehearsedMigration[]): number {
  return migrations.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

/** What does not depend on how many rows there are, by which PostgreSQL chooses how to find them and which others to look at. */
function formOf({ name, statements }: RehearsedMigration): unknown {
  return [
    name,
    statements.map(({ sql, seen, differences }) => [
      sql,
      seen?.locks.filter(({ lock }) => isAtLeast(lock, weakest)).map(({ table, lock }) => [table, lock]),
      seen?.rewrites,
      differences,
    ]),
  ];
}
