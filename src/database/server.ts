import type { Config } from '../config.js';
import { hideSecret } from '../config/database-url.js';
import { ensureDatabase } from './ensure-database.js';
import { withClient } from './with-client.js';

/** The database that a process works on, and how to leave it. */
export interface DatabaseServer {
  /** Without a pooler between, so that migrations and commands have a session. */
  url: string;
  /** What it runs on, for people; holds no secret. */
  description: string;
  /** Leaves the server; the embedded one stops with its last user. */
  release(): Promise<void>;
}

/** The server that a setting names cannot be used; the message says why and what to do. */
export class DatabaseServerError extends Error {
  override name = 'DatabaseServerError';
}

const embeddedDatabase = 'pier2';

/** The oldest PostgreSQL that is tested. */
const oldestMajor = 15;

/**
 * Opens the server of DATABASE_URL, or without it the embedded one, started when it isn't running.
 * @throws DatabaseServerError when the server of DATABASE_URL cannot be reached or is too old
 */
export async function openDatabaseServer(config: Config['database']): Promise<DatabaseServer> {
  const { url, directUrl, embeddedFolder } = config;
  if (url === undefined) {
    return openEmbedded(embeddedFolder);
  }
  if (directUrl === undefined) {
    return openNamed(url, 'DATABASE_URL');
  }
  const server = await openNamed(directUrl, 'DIRECT_DATABASE_URL');
  await openNamed(url, 'DATABASE_URL');
  return { ...server, description: `${server.description}, requests by ${hideSecret(url)}` };
}

/**
 * Opens the server of a URL, and makes its database when that is missing.
 * @param setting what the URL was given as, for people
 * @throws DatabaseServerError when it cannot be reached or is too old
 */
export async function openNamed(url: string, setting: string): Promise<DatabaseServer> {
  const shown = hideSecret(url);
  const version = await readVersion(url).catch((error: Error & { code?: string }) => {
    throw new DatabaseServerError(
      `PostgreSQL at ${shown} can't be used: ${error.message || error.code}. Check ${setting}, and that the server runs.`,
      { cause: error },
    );
  });
  if (Number.parseInt(version) < oldestMajor) {
    throw new DatabaseServerError(
      `PostgreSQL at ${shown} is of version ${version}, but should be ${oldestMajor} or newer.`,
    );
  }
  return { url, description: `PostgreSQL ${version} at ${shown}`, release: async () => {} };
}

async function readVersion(url: string): Promise<string> {
  await ensureDatabase(url);
  return withClient(url, async client => {
    const { rows } = await client.query<{ version: string }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version`,
    );
    return rows[0]!.version;
  });
}

async function openEmbedded(folder: string): Promise<DatabaseServer> {
  // Loaded when needed, so that those with a server of their own do without its packages.
  const { acquireEmbeddedPostgres } = await import('./embedded/index.js');
  const server = await acquireEmbeddedPostgres({ folder });
  const url = server.url(embeddedDatabase);
  await ensureDatabase(url);
  return {
    url,
    description: `embedded PostgreSQL ${server.version}, data in ${folder}`,
    release: () => server.release(),
  };
}
