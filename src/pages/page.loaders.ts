import { type Batch, rowByKey } from '../database/loaders.js';
import { Page } from './page.entity.js';

/** A page by its key, without its text. */
export const pageById = rowByKey(Page);

/** The text of a page by the page’s key; empty for a page that is gone. */
export const bodyOfPage: Batch<string, string> = (reader, keys) => readBodies(reader, keys, undefined);

/** The beginnings of pages’ texts, or all of them without a length. */
export async function readBodies(
  reader: Parameters<Batch<string, string>>[0],
  keys: readonly string[],
  length: number | undefined,
): Promise<string[]> {
  const pages = reader.table(Page);
  const body = length === undefined ? 'p.body' : `left(p.body, ${length})`;
  const rows = await reader.run<{ id: string; body: string }>(
    `select p.id, ${body} as body from ${pages.name} p where p.id = any($1::uuid[])`,
    [keys],
  );
  const bodies = new Map(rows.map(row => [row.id, row.body]));
  return keys.map(key => bodies.get(key) ?? '');
}
