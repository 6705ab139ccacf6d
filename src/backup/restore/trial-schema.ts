import pg from 'pg';
import type { Asks } from '../../migrate/fingerprint.js';

/** The name of a schema in which an archive is tried; the transaction that makes it alone sees it. */
export function trialSchema(id: string): string {
  return `pier2_restore_${id.replaceAll('-', '')}`;
}

/** Makes a schema. */
export async function makeSchema(client: Asks, schema: string): Promise<void> {
  await client.query(`create schema ${pg.escapeIdentifier(schema)}`);
}
