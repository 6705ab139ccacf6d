import type { SchemaGroup } from '../drift.js';
import type { Stopped, TenantOutcome } from '../rollout.js';
import type { RehearsedMigration, RehearsedStatement } from './rehearsed.js';

/** What the pending migrations would do. Nothing of it stays. */
export interface PlanReport {
  platform: { migrations: RehearsedMigration[]; failure?: PlanFailure };
  /** Those with something pending are `pending`; of these, some were chosen to try it on. */
  tenants: { total: number; pending: number; chosen: number; rehearsed: number; left: number; failed: number };
  /** Tenants with whom the same was seen, but for rows and times; large groups first. */
  groups: PlanGroup[];
  failures: (PlanFailure & { tenant: string })[];
  /** Tenants that were left out, and why. */
  left: { tenant: string; reason: string }[];
  /** The groups whose schemas are not what the migrations give, for which it was refused. */
  drift: SchemaGroup[];
  stopped: Stopped | undefined;
  seconds: number;
}

export interface PlanGroup {
  tenants: string[];
  /** The tenant whose figures are told: it took longest. */
  slowest: string;
  migrations: RehearsedMigration[];
}

/** Where and why a rehearsal failed. */
export interface PlanFailure {
  migration: string | null;
  statement: Pick<RehearsedStatement, 'sql' | 'file' | 'line'> | null;
  /** Of a lock that was not to be had, with who held it. */
  reason: string;
}

/** What became of a tenant. */
export interface RehearsedTenant {
  outcome: TenantOutcome;
  migrations: RehearsedMigration[];
}
