import pg from 'pg';
import { withClient } from '../database/with-client.js';

/** The key of the advisory lock on the migrations of the schema `$1`. */
const lockKey = `hashtext('pier2 migrations'), hashtext($1)`;

/**
 * Does something while no other process migrates this schema of this database. The ORM's migrator has no lock of its own,
 * and two that run at once collide. A second one waits here; the lock ends with its connection, however the process ends.
 */
export function withMigrationLock<Result>(url: string, schema: string, work: () => Promise<Result>): Promise<Result> {
  return withClient(url, async client => {
    await client.query(`select pg_advisory_lock(${lockKey})`, [schema]);
    return work();
  });
}

/**
 * Locks the migrations of a schema until the transaction of a connection ends. Without parameters: the driver would leave
 * their portal open, whose snapshot an index waits for that is made concurrently.
 * @param wait whether to wait for another process that migrates it
 * @returns false when another one does and that was not wanted
 */
export async function lockMigrations(client: pg.ClientBase, schema: string, wait: boolean): Promise<boolean> {
  if (wait) {
    await client.query(lockingSql(schema));
    return true;
  }
  const key = lockKey.replace('$1', pg.escapeLiteral(schema));
  const { rows } = await client.query<{ locked: boolean }>(`select pg_try_advisory_xact_lock(${key}) as locked`);
  return rows[0]!.locked;
}

/** The statement that waits until no other process migrates a schema, and locks its migrations until its transaction ends. */
export function lockingSql(schema: string): string {
  return `select pg_advisory_xact_lock(${lockKey.replace('$1', pg.escapeLiteral(schema))})`;
}

/**
 * Keeps others from migrating a schema until a connection ends, once nobody does so. Any number may share that.
 */
export async function shareMigrationLock(client: pg.ClientBase, schema: string): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${lockKey})`, [schema]);
}
