import type { Config } from '../config.js';
import { hideSecret } from '../config/database-url.js';
import { type DatabaseIdentity, identityQuery, standingOf, whyNoReplica } from './replica.js';
import { withClient } from './with-client.js';

/** Connections besides the pools and those that listen: a command, a migration, somebody with psql. */
const others = 3;

/** What of the settings the database does not give, each in one sentence with what to do. */
export async function startWarnings(
  databaseUrl: string,
  { database, workers }: Pick<Config, 'database' | 'workers'>,
): Promise<string[]> {
  const { url, directUrl, replicas, statementTimeout, poolMax } = database;
  const warnings = await Promise.all([
    // What a pooler takes of its clients is its own matter.
    directUrl === undefined ? tooFewConnections(databaseUrl, poolMax, workers) : undefined,
    statementTimeout > 0 ? noTimeLimit(url ?? databaseUrl, statementTimeout) : undefined,
    ...replicas.map(replica => unusedReplica(replica, databaseUrl)),
  ]);
  return warnings.filter(warning => warning !== undefined);
}

async function tooFewConnections(url: string, poolMax: number, workers: number): Promise<string | undefined> {
  const { taken } = await ask<{ taken: number }>(
    url,
    `select least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0),
       nullif(datconnlimit, -1), nullif(rolconnlimit, -1)) as taken
     from pg_database, pg_roles where datname = current_database() and rolname = current_user`,
  );
  const wanted = poolMax + workers + others;
  return wanted > taken
    ? `PostgreSQL takes ${taken} connections, and these settings may open ${wanted}: set DATABASE_POOL_MAX to ${Math.max(taken - workers - others, workers)} or less, or give the server more (max_connections), so that requests under load are not refused.`
    : undefined;
}

async function noTimeLimit(url: string, wanted: number): Promise<string | undefined> {
  const { limit } = await ask<{ limit: number }>(
    url,
    `select setting::int as limit from pg_settings where name = 'statement_timeout'`,
    wanted,
  );
  return limit === 0 || limit > wanted
    ? `A pooler keeps DATABASE_STATEMENT_TIMEOUT from PostgreSQL, where statements have ${limit === 0 ? 'no time limit' : `a limit of ${limit} ms`}: set it there, such as by connect_query='set statement_timeout = ${wanted}' in PgBouncer's [databases].`
    : undefined;
}

async function unusedReplica(url: string, databaseUrl: string): Promise<string | undefined> {
  const primary = await ask<DatabaseIdentity>(databaseUrl, identityQuery);
  const reason = await withClient(url, async client => whyNoReplica(await standingOf(client), primary), {
    connectionTimeoutMillis: 2_000,
  }).catch((error: Error & { code?: string }) => error.message || error.code);
  return (
    reason &&
    `No query goes to the replica ${hideSecret(url)}: ${reason}. Check DATABASE_REPLICAS, which names standbys of DATABASE_URL's server with the same database, and that the replica runs.`
  );
}

function ask<Row extends object>(url: string, text: string, statementTimeout = 0): Promise<Row> {
  return withClient(url, async client => (await client.query<Row>(text)).rows[0]!, {
    statement_timeout: statementTimeout,
  });
}
