import pg from 'pg';
import { type Config, hideSecret } from '../config.js';

/** The database that a process works on, and how to leave it. */
export interface DatabaseServer {
  url: string;
  /** What it runs on, for people; holds no secret. */
  description: string;
  /** Leaves the server; the embedded one stops with its last user. */
  release(): Promise<void>;
}

const embeddedDatabase = 'pier2';

/** Opens the server of DATABASE_URL, or without it the embedded one, started when it isn't running. */
export async function openDatabaseServer(config: Config['database']): Promise<DatabaseServer> {
  if (config.url !== undefined) {
    return { url: config.url, description: `PostgreSQL at ${hideSecret(config.url)}`, release: async () => {} };
  }
  // Loaded when needed, so that a server of one's own does without its packages.
  const { acquireEmbeddedPostgres } = await import('./embedded/index.js');
  const server = await acquireEmbeddedPostgres({ folder: config.embeddedFolder });
  await createDatabase(server.url('postgres'), embeddedDatabase);
  return {
    url: server.url(embeddedDatabase),
    description: `embedded PostgreSQL ${server.version}, data in ${config.embeddedFolder}`,
    release: () => server.release(),
  };
}

/** Creates a database unless it stands. */
async function createDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
    }
  } catch (error) {
    const duplicate = (error as { code?: string }).code === '42P04' || (error as { code?: string }).code === '23505';
    if (!duplicate) {
      throw error;
    }
  } finally {
    await client.end();
  }
}
