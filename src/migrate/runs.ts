import { platformSchema } from '../database/schemas.js';
import { newId } from '../database/new-id.js';
import type { Asks } from './fingerprint.js';
import type { RolloutResult, TenantOutcome } from './rollout.js';
import { exists } from './tenants.js';

/** A run over tenants, as it is noted. */
export interface Run {
  verb: 'apply' | 'down';
  /** Of the build's migrations. */
  hash: string;
  /** The migration that it goes to; null for the last one. */
  target: string | null;
  /** Whether it is for all tenants. */
  ofAll: boolean;
}

/** Notes that a run begins, and gives its key. */
export async function noteRun(client: Asks, { verb, hash, target, ofAll }: Run): Promise<string> {
  const id = newId();
  await client.query(
    `insert into ${platformSchema}.migration_runs (id, verb, hash, target, of_all) values ($1, $2, $3, $4, $5)`,
    [id, verb, hash, target, ofAll],
  );
  return id;
}

/** Notes how a run has ended. */
export async function noteEnd(client: Asks, id: string, { outcomes, stopped }: RolloutResult, complete: boolean) {
  const count = (kind: string) => outcomes.filter(({ outcome }) => outcome.kind === kind).length;
  await client.query(
    `update ${platformSchema}.migration_runs set ended_at = clock_timestamp(), complete = $2, migrated = $3, failed = $4,
       left_out = $5, error = $6 where id = $1`,
    [id, complete, count('done'), count('failed'), count('left'), stopped ?? null],
  );
}

/** Notes why a tenant could not be migrated. That it could, its migration notes itself. */
export async function noteFailure(client: Asks, schema: string, { outcome }: TenantOutcome): Promise<void> {
  if (outcome.kind !== 'failed') {
    return;
  }
  await client.query(
    `insert into ${platformSchema}.tenant_migrations (tenant_id, failed_migration, failure, failed_at)
     select id, $2, $3, clock_timestamp() from ${platformSchema}.tenants where schema = $1
     on conflict (tenant_id) do update set failed_migration = excluded.failed_migration, failure = excluded.failure,
       failed_at = excluded.failed_at`,
    [schema, outcome.migration ?? null, outcome.reason],
  );
}

/** Whether the last run over all tenants brought all of them to the last of these migrations. */
export async function isComplete(client: Asks, hash: string): Promise<boolean> {
  if (!(await exists(client, 'migration_runs'))) {
    return false;
  }
  const { rows } = await client.query<{ complete: boolean }>(
    `select complete and verb = 'apply' and hash = $1 as complete from ${platformSchema}.migration_runs
     where of_all or verb = 'down' order by started_at desc, id desc limit 1`,
    [hash],
  );
  return rows[0]?.complete ?? false;
}

/** Whether any run over all tenants, however long ago, brought all of them to the last of these migrations. */
export async function wasEverComplete(client: Asks, hash: string): Promise<boolean> {
  if (!(await exists(client, 'migration_runs'))) {
    return false;
  }
  const { rows } = await client.query<{ was: boolean }>(
    `select exists (select from ${platformSchema}.migration_runs where complete and verb = 'apply' and hash = $1) as was`,
    [hash],
  );
  return rows[0]!.was;
}
