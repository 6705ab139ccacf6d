import { platformSchema } from '../../database/schemas.js';
import type { Asks } from '../fingerprint.js';
import { exists } from '../tenants.js';

/** Rows that a tenant still has to fill. */
export interface PendingBackfill {
  schema: string;
  /** The migration that has added the columns. */
  migration: string;
  /** Rows that were gone through so far. */
  rows: number;
  startedAt: Date | null;
}

/** Which schemas have filled the columns of which migrations. */
export interface FinishedBackfills {
  has: (schema: string, migration: string) => boolean;
}

/** What tenants have noted that is not filled yet. */
export async function pendingBackfills(client: Asks): Promise<PendingBackfill[]> {
  if (!(await exists(client, 'backfills'))) {
    return [];
  }
  const { rows } = await client.query<PendingBackfill>(
    `select t.schema, b.migration, b.rows_seen::float8 as rows, b.started_at as "startedAt"
     from ${platformSchema}.backfills b join ${platformSchema}.tenants t on t.id = b.tenant_id
     where b.finished_at is null order by b.migration, t.name`,
  );
  return rows;
}

/** What tenants have filled, of the columns of these migrations. */
export async function finishedBackfills(client: Asks, migrations: readonly string[]): Promise<FinishedBackfills> {
  const { rows } = await client.query<{ schema: string; migration: string }>(
    `select t.schema, b.migration from ${platformSchema}.backfills b join ${platformSchema}.tenants t on t.id = b.tenant_id
     where b.migration = any($1::text[]) and b.finished_at is not null`,
    [migrations],
  );
  const keyOf = (schema: string, migration: string) => `${schema} ${migration}`;
  const found = new Set(rows.map(({ schema, migration }) => keyOf(schema, migration)));
  return { has: (schema, migration) => found.has(keyOf(schema, migration)) };
}
