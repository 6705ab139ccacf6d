import { withClient } from '../database/with-client.js';

/**
 * Does something while no other process migrates this schema of this database. The ORM's migrator has no lock of its own,
 * and two that run at once collide. A second one waits here; the lock ends with its connection, however the process ends.
 */
export function withMigrationLock<Result>(url: string, schema: string, work: () => Promise<Result>): Promise<Result> {
  return withClient(url, async client => {
    await client.query(`select pg_advisory_lock(hashtext('pier2 migrations'), hashtext($1))`, [schema]);
    return work();
  });
}
