import { platformSchema } from '../../database/schemas.js';
import type { Asks } from '../../migrate/fingerprint.js';

/** Notes of a clone how far the rows of its source are filled, since they are the same rows: what was noted is of none. */
export async function copyBackfills(db: Asks, source: string, clone: string): Promise<void> {
  const noted = 'migration, position, rows_seen, rows_filled, started_at, finished_at';
  await db.query(`delete from ${platformSchema}.backfills where tenant_id = $1`, [clone]);
  await db.query(
    `insert into ${platformSchema}.backfills (tenant_id, ${noted})
     select $2, ${noted} from ${platformSchema}.backfills where tenant_id = $1`,
    [source, clone],
  );
}
