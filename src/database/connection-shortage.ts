import type { Config } from '../config.js';
import { withClient } from './with-client.js';

/** Connections besides the pools and those that listen: a command, a migration, somebody with psql. */
const others = 3;

/** In one sentence what to do when the database takes fewer connections than these settings may open; undefined when it is enough. */
export async function connectionShortage(
  url: string,
  { database: { poolMax }, workers }: Pick<Config, 'database' | 'workers'>,
): Promise<string | undefined> {
  const taken = await withClient(url, async client => {
    const { rows } = await client.query<{ taken: number }>(
      `select least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0),
         nullif(datconnlimit, -1), nullif(rolconnlimit, -1)) as taken
       from pg_database, pg_roles where datname = current_database() and rolname = current_user`,
    );
    return rows[0]!.taken;
  });
  const wanted = poolMax + workers + others;
  return wanted > taken
    ? `PostgreSQL takes ${taken} connections, and these settings may open ${wanted}: set DATABASE_POOL_MAX to ${Math.max(taken - workers - others, workers)} or less, or give the server more (max_connections), so that requests under load are not refused.`
    : undefined;
}
