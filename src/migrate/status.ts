import { platformSchema } from '../database/schemas.js';
import { withClient } from '../database/with-client.js';
import { type Build, unseen } from './build.js';
import { type Instance, livingInstances } from './expand/instances.js';
import { type PendingBackfill, pendingBackfills } from './expand/progress.js';
import type { Asks } from './fingerprint.js';
import { exists, type MigratedTenant, readPlatform, readTenants, type Selection } from './tenants.js';

/** Where a tenant is. */
export interface TenantStatus {
  tenant: string;
  schema: string;
  state: MigratedTenant['state'];
  /** The last migration that it has seen; null for none. */
  migration: string | null;
  /** What of this build it has not seen. */
  pending: string[];
  /** What it has seen that this build does not have: a newer build has been here. */
  unknown: string[];
  /** When its last migration ran, and how long. */
  migratedAt: Date | null;
  milliseconds: number | null;
  /** Why it could not be migrated last; null when it could. */
  failure: { migration: string | null; reason: string } | null;
  /** How its schema differs from what the migrations give, as far as `drift` has found it; null when it has not. */
  drift: string | null;
  /** Rows that it has to fill before its next processes can use them. */
  backfills: Omit<PendingBackfill, 'schema'>[];
}

/** Processes of one build that are alive. */
export interface LivingBuild {
  /** What is the same for builds of the same migrations. */
  build: string;
  /** The last migration of tenants that it knows. */
  migration: string | null;
  processes: number;
}

/** Where the platform and tenants are. */
export interface FleetStatus {
  platform: { migration: string | null; pending: string[] };
  tenants: TenantStatus[];
  /** The builds whose processes are alive, the oldest process first. */
  builds: LivingBuild[];
  /** The last run; null for none. */
  lastRun: LastRun | null;
}

/** A run over tenants. */
export interface LastRun {
  verb: string;
  startedAt: Date;
  /** Null while it runs, and for good when it was killed. */
  endedAt: Date | null;
  complete: boolean;
  migrated: number;
  failed: number;
}

/** Reads where the platform and tenants are. */
export function readStatus(url: string, build: Build, selection: Selection): Promise<FleetStatus> {
  return withClient(url, async client => {
    const seen = await readPlatform(client);
    const known = new Set(build.tenant.map(({ name }) => name));
    const tenants = await readTenants(client, selection, build.tenant);
    const backfills = await pendingBackfills(client);
    return {
      platform: { migration: seen.at(-1) ?? null, pending: unseen(build.platform, seen) },
      tenants: tenants.map(tenant => ({
        tenant: tenant.name,
        schema: tenant.schema,
        state: tenant.state,
        migration: tenant.seen.at(-1) ?? null,
        pending: unseen(build.tenant, tenant.seen),
        unknown: tenant.seen.filter(name => !known.has(name)),
        migratedAt: tenant.migratedAt,
        milliseconds: tenant.milliseconds,
        failure: tenant.failure === null ? null : { migration: tenant.failedMigration, reason: tenant.failure },
        drift: tenant.drift,
        backfills: backfills
          .filter(({ schema }) => schema === tenant.schema)
          .map(({ migration, rows, startedAt }) => ({ migration, rows, startedAt })),
      })),
      builds: countBuilds(await livingInstances(client)),
      lastRun: await readLastRun(client),
    };
  });
}

/** Whether a tenant is where this build wants it. */
export function isUpToDate({ pending, failure, drift, backfills }: TenantStatus): boolean {
  return pending.length === 0 && failure === null && drift === null && backfills.length === 0;
}

function countBuilds(instances: readonly Instance[]): LivingBuild[] {
  const builds = new Map<string, LivingBuild>();
  for (const { build, migrations } of instances) {
    const { processes } = builds.get(build) ?? { processes: 0 };
    builds.set(build, { build, migration: migrations.at(-1) ?? null, processes: processes + 1 });
  }
  return [...builds.values()];
}

async function readLastRun(client: Asks): Promise<LastRun | null> {
  if (!(await exists(client, 'migration_runs'))) {
    return null;
  }
  const { rows } = await client.query<LastRun>(
    `select verb, started_at as "startedAt", ended_at as "endedAt", complete, migrated, failed
     from ${platformSchema}.migration_runs order by started_at desc, id desc limit 1`,
  );
  return rows[0] ?? null;
}
