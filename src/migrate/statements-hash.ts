import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { recordMigration } from './recorded-migration.js';

/**
 * The hash of a migration's statements where they depend on other files of the project, which it imports; empty where its own
 * text says all, and where it tells no statements without a database.
 */
export async function statementsHash(path: string): Promise<string> {
  if (!/\b(?:from|import)\s*\(?\s*['"]\.{1,2}\//.test(await readFile(path, 'utf8'))) {
    return '';
  }
  const recorded = await recordMigration(path).catch(() => undefined);
  if (!recorded) {
    return '';
  }
  const { isTransactional, up, down } = recorded;
  const texts = [up, down].map(statements => statements.map(({ sql }) => sql));
  return createHash('sha256')
    .update(JSON.stringify([isTransactional, texts]))
    .digest('base64url');
}
