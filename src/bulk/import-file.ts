import pRetry from 'p-retry';
import pg from 'pg';
import { defaultTenantSchema, platformSchema } from '../database/schemas.js';
import { BulkError } from './bulk-error.js';
import type { BulkKind } from './bulk-kind.js';
import { createStaging, importBatch } from './import-batch.js';
import { importCustomers } from './import-customers.js';
import type { ImportKind, TableName } from './import-kind.js';
import { lockImport } from './import-lock.js';
import { importOrders } from './import-orders.js';
import { importProducts } from './import-products.js';
import { ImportRecord } from './import-progress.js';
import { importStores } from './import-stores.js';
import { readLines } from './line-reader.js';
import { type Batch, readBatches } from './read-batches.js';
import type { RefusedRow } from './refusal.js';
import { SourceFile } from './source-file.js';
import { refuseMissingTables, tablesIn } from './tables.js';

const kinds: Record<BulkKind, ImportKind> = {
  stores: importStores,
  products: importProducts,
  customers: importCustomers,
  orders: importOrders,
};

/** What to import, and who wants to know of it. */
export interface ImportOptions {
  kind: BulkKind;
  /** The path of the file. */
  file: string;
  schema?: string;
  /** Who does it, for the history. */
  actor?: string;
  /** Ends the import after the batch that runs. */
  signal?: AbortSignal;
  /** Is told when another import of the same file is waited for. */
  onWaiting?: () => void;
  /** Is told how many lines an import before has done; refused rows of later lines come now. */
  onStart?: (linesDone: number) => Promise<void> | void;
  /** Is given the refused rows of each batch, just before the batch is committed. */
  onRefused?: (rows: readonly RefusedRow[]) => Promise<void> | void;
  /** Is told after each batch. */
  onProgress?: (progress: { bytes: number; totalBytes: number; lines: number }) => Promise<void> | void;
}

/** What an import did, together with those of the same file that were interrupted before it. */
export interface ImportSummary {
  kind: BulkKind;
  lines: number;
  imported: number;
  refused: number;
  /** Lines that an import before has done. */
  resumedAfter: number;
  /** Whether an import before has done all. */
  importedBefore: boolean;
}

/** An import was asked to end before it was done. */
export class ImportStopped extends BulkError {
  override name = 'ImportStopped';
}

/** As for other transactions: nine times within about two seconds. */
const retries = { retries: 9, minTimeout: 5, factor: 2, maxTimeout: 500, randomize: true };
const lostRaces = ['40001', '40P01', '23505'];

/**
 * Imports a file, batch by batch: each is one transaction that also notes how far the import has come, so that the same
 * import goes on there when it was interrupted.
 * @throws BulkError when the import as a whole cannot be done
 */
export async function importFile(url: string, options: ImportOptions): Promise<ImportSummary> {
  try {
    return await openAndImport(url, options);
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof BulkError)) {
      throw new ImportStopped('Stopped before it began; run the same command again to import the file.');
    }
    throw error;
  }
}

async function openAndImport(url: string, options: ImportOptions): Promise<ImportSummary> {
  const { schema = defaultTenantSchema, signal } = options;
  const file = await SourceFile.open(options.file, signal);
  const client = new pg.Client({ connectionString: url });
  // A lost connection fails the statement that runs, which tells of it.
  client.on('error', () => {});
  await client.connect();
  try {
    await refuseMissingTables(client, schema);
    await lockImport(client, `${schema} ${options.kind} ${file.hash}`, options);
    return await new FileImport(client, file, tablesIn(schema), options).run();
  } finally {
    await client.end();
  }
}

class FileImport {
  readonly #kind: ImportKind;
  readonly #record: ImportRecord;
  readonly #actor: string;

  constructor(
    private readonly client: pg.Client,
    private readonly file: SourceFile,
    private readonly table: TableName,
    private readonly options: ImportOptions,
  ) {
    this.#kind = kinds[options.kind];
    this.#record = new ImportRecord(client, table, options.kind, file.hash);
    this.#actor = options.actor ?? 'pier2 import';
  }

  async run(): Promise<ImportSummary> {
    const begun = await this.#record.begin();
    let { linesDone: lines, imported } = begun;
    if (!begun.finished) {
      await this.options.onStart?.(lines);
      // The staging tables stay in memory.
      await this.client.query(`set temp_buffers = '64MB'; set statement_timeout = 0; set jit = off`);
      await createStaging(this.client, this.#kind);
      for await (const { batch, bytes } of this.#batches(lines)) {
        imported += await this.#importBatch(batch);
        lines = batch.lastLine;
        await this.options.onProgress?.({ bytes, totalBytes: this.file.size, lines });
        if (this.options.signal?.aborted) {
          throw new ImportStopped(`Stopped after line ${lines}; run the same command again to go on from there.`);
        }
      }
      await this.#record.finish();
    }
    return {
      kind: this.options.kind,
      lines,
      imported,
      refused: lines - imported,
      resumedAfter: begun.linesDone,
      importedBefore: begun.finished,
    };
  }

  /** The batches that are left, the next one being read while one is imported. */
  async *#batches(linesDone: number): AsyncGenerator<{ batch: Batch; bytes: number }> {
    let bytes = 0;
    const chunks = this.file.chunks(read => (bytes = read));
    const batches = readBatches(readLines(chunks, linesDone), this.#kind, await this.#countries());
    let next = batches.next();
    // A failure to read is told when its turn comes.
    for (;;) {
      next.catch(() => {});
      const { value, done } = await next;
      if (done) {
        return;
      }
      const bytesSoFar = bytes;
      next = batches.next();
      yield { batch: value, bytes: bytesSoFar };
    }
  }

  async #countries(): Promise<Set<string>> {
    const { rows } = await this.client.query<{ code: string }>(
      `select iso2_code as code from ${tablesIn(platformSchema)('countries')}`,
    );
    return new Set(rows.map(({ code }) => code));
  }

  /** Gives how many lines were imported. */
  #importBatch(batch: Batch): Promise<number> {
    return pRetry(() => this.#tryBatch(batch), {
      ...retries,
      shouldRetry: ({ error }) => lostRaces.includes((error as { code?: string }).code ?? ''),
    });
  }

  async #tryBatch(batch: Batch): Promise<number> {
    await this.client.query('begin');
    try {
      const refused = await importBatch(this.client, this.#kind, batch, { table: this.table, actor: this.#actor });
      const imported = batch.lastLine - batch.linesBefore - refused.length;
      await this.#record.advance(batch.lastLine, imported);
      // What is checked at the end is checked here, so that nothing but a lost connection lets the commit fail.
      await this.client.query('set constraints all immediate');
      await this.file.refuseChange();
      await this.options.onRefused?.(refused);
      await this.client.query('commit');
      return imported;
    } catch (error) {
      // A lost connection has rolled back already, and its error says more than the failure of this statement would.
      await this.client.query('rollback').catch(() => {});
      throw error;
    }
  }
}
