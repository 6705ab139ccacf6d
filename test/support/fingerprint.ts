import { schemaObjects } from '../../src/migrate/fingerprint.js';
import type { TestDatabase } from './database.js';
import { connected } from './server.js';

/** All that makes a schema what it is, one line an object, without the schema's name. */
export function fingerprint({ url }: TestDatabase, schema: string): Promise<string[]> {
  return connected(url, client => schemaObjects(client, schema));
}
