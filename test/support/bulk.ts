import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type BulkKind, bulkKinds } from '../../src/bulk/bulk-kind.js';
import { exportRows } from '../../src/bulk/export-rows.js';
import { importFile, type ImportOptions, type ImportSummary } from '../../src/bulk/import-file.js';
import type { RefusedRow } from '../../src/bulk/refusal.js';
import type { TestDatabase } from './database.js';
import { tableChecksums } from './table-checksums.js';

let folder: string | undefined;
let files = 0;

/** Writes a file that goes with `removeFiles`, and gives its path. */
export async function writeLines(lines: readonly unknown[] | string | Buffer): Promise<string> {
  folder ??= await mkdtemp(join(tmpdir(), 'pier2-bulk-'));
  const file = join(folder, `${(files += 1)}.jsonl`);
  await writeFile(file, Array.isArray(lines) ? textOf(lines) : (lines as string | Buffer));
  return file;
}

/** Lines as a file has them; text stands for itself. */
export function textOf(lines: readonly unknown[]): string {
  return lines.map(line => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

/** Removes the files of this test file. */
export async function removeFiles(): Promise<void> {
  if (folder) {
    await rm(folder, { recursive: true });
    folder = undefined;
  }
}

/** Imports lines, and gives what it did and which rows it refused. */
export async function importLines(
  { url }: TestDatabase,
  kind: BulkKind,
  lines: readonly unknown[] | string | Buffer,
  options: Partial<ImportOptions> = {},
): Promise<ImportSummary & { rows: RefusedRow[] }> {
  const rows: RefusedRow[] = [];
  const summary = await importFile(url, {
    kind,
    file: await writeLines(lines),
    onRefused: refused => void rows.push(...refused),
    ...options,
  });
  return { ...summary, rows };
}

/** What an export writes. */
export async function exportText({ url }: TestDatabase, kind: BulkKind): Promise<string> {
  const chunks: Buffer[] = [];
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  await exportRows(url, kind, output);
  return Buffer.concat(chunks).toString();
}

/** All exports of a database. */
export async function exportAll(database: TestDatabase): Promise<Record<BulkKind, string>> {
  const texts: Partial<Record<BulkKind, string>> = {};
  for (const kind of bulkKinds) {
    texts[kind] = await exportText(database, kind);
  }
  return texts as Record<BulkKind, string>;
}

/** What stands in the tables, but for how far imports have come. */
export async function shopChecksums(database: TestDatabase): Promise<Record<string, string>> {
  const { bulk_imports: _, ...tables } = await tableChecksums(database);
  return tables;
}
