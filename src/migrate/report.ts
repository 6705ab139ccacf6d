import type { SchemaGroup } from './drift.js';
import type { Stopped, TenantOutcome } from './rollout.js';

/** What a run over tenants came to. */
export interface MigrationReport {
  verb: 'apply' | 'down';
  /** Nothing was changed, since that was wanted: what would run is told. */
  dryRun: boolean;
  /** Nothing was looked at, since the last complete run was of the same migrations. */
  unchanged: boolean;
  platform: { migrations: readonly string[]; failure?: string };
  tenants: { total: number; upToDate: number; migrated: number; left: number; failed: number; untried: number };
  /** Each tenant that had something to run; in a dry run, what that is. */
  outcomes: (TenantOutcome | PlannedTenant)[];
  /** The groups whose schemas are not what the migrations give, for which it was refused. */
  drift: SchemaGroup[];
  /** Why it ended before all tenants were tried. */
  stopped: Stopped | undefined;
  seconds: number;
}

/** A tenant in a dry run. */
export interface PlannedTenant {
  tenant: string;
  migrations: readonly string[];
  /** With why it would end before the last migration. */
  outcome: { kind: 'planned'; held?: string };
}

/** How far a run is. */
export type Progress = (done: number, total: number) => void;
