import pg from 'pg';

/** The one account that the server has. */
export const superuser = 'pier2';

/** A connection that can be told not to keep the process alive; the package's types leave these two methods out. */
export type Connection = pg.Client & { ref(): void; unref(): void };

/** Opens a connection to a server on this machine. */
export async function connect(port: number, password: string, applicationName: string): Promise<Connection> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    application_name: applicationName,
    ssl: false,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  // A server that dies ends its connections; without a listener that would end this process as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client as Connection;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
