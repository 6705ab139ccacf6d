import pg from 'pg';
import { ensureDatabase } from '../database/ensure-database.js';

/**
 * Does something while no other process migrates this schema of this database, which is created when it is missing. The
 * ORM's migrator has no lock of its own, and two that run at once collide. A second one waits here; the lock ends with its
 * connection, however the process ends.
 */
export async function withMigrationLock<Result>(
  url: string,
  schema: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await ensureDatabase(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtext('pier2 migrations'), hashtext($1))`, [schema]);
    return await work();
  } finally {
    await client.end();
  }
}
