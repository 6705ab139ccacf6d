import { type Batch, rowByKey } from '../database/loaders.js';
import { Page } from './page.entity.js';

/** A page by its key, without its text. */
export const pageById = rowByKey(Page);

/** The text of a page by the page’s key; empty for a page that is gone. */
export const bodyOfPage: Batch<string, string> = async (reader, keys) => {
  const pages = reader.table(Page);
  const rows = await reader.run<{ id: string; body: string }>(
    `select p.id, p.body from ${pages.name} p where p.id = any($1::uuid[])`,
    [keys],
  );
  const bodies = new Map(rows.map(row => [row.id, row.body]));
  return keys.map(key => bodies.get(key) ?? '');
};
