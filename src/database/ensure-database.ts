import pg from 'pg';
import { withClient } from './with-client.js';

/** Creates the database of a URL when it is missing. */
export async function ensureDatabase(url: string): Promise<void> {
  if (await exists(url)) {
    return;
  }
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = '/postgres';
  await withClient(server.href, async client => {
    try {
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
    } catch (error) {
      if (!isDuplicate(error)) {
        throw error;
      }
    }
  });
}

/** Asked by connecting, since an account may use its database and no other. */
async function exists(url: string): Promise<boolean> {
  try {
    return await withClient(url, async () => true);
  } catch (error) {
    if ((error as { code?: string }).code === '3D000') {
      return false;
    }
    throw error;
  }
}

/** Whether another process made the database in the same moment: duplicate_database, or its row's unique_violation. */
function isDuplicate(error: unknown): boolean {
  return ['42P04', '23505'].includes((error as { code?: string }).code ?? '');
}
