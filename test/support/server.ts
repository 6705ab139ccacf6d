import pg from 'pg';
import { withClient as connected } from '../../src/database/with-client.js';

export { connected };

/** What a test's database holds at first: the tables alone, or the sample data. */
export type DataSet = 'empty' | 'sample';

/** The name of the database that is cloned for a data set. */
export function templateName(data: DataSet): string {
  return `${process.env['TEST_RUN']}_${data}`;
}

/** The URL of a database on the test server. */
export function urlOf(database: string): string {
  const url = new URL(process.env['TEST_SERVER_URL']!);
  url.pathname = `/${database}`;
  return url.href;
}

/** Does something on the test server's own database, where databases are made and dropped. */
export function onServer<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return connected(process.env['TEST_SERVER_URL']!, work);
}

/** Drops all databases of this run. */
export async function dropDatabasesOfRun(): Promise<void> {
  await onServer(async client => {
    const { rows } = await client.query<{ datname: string }>(`select datname from pg_database where datname like $1`, [
      `${process.env['TEST_RUN']}\\_%`,
    ]);
    for (const { datname } of rows) {
      await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
    }
  });
}
