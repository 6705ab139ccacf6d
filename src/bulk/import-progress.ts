import type pg from 'pg';
import type { BulkKind } from './bulk-kind.js';
import type { TableName } from './import-kind.js';

/** How far the import of a file has come. */
export interface ImportProgress {
  linesDone: number;
  imported: number;
  finished: boolean;
}

/** Where the import of a file is kept in the table bulk_imports. */
export class ImportRecord {
  constructor(
    private readonly client: pg.ClientBase,
    private readonly table: TableName,
    private readonly kind: BulkKind,
    private readonly fileHash: string,
  ) {}

  /** How far it came so far; a new one begins here. */
  async begin(): Promise<ImportProgress> {
    await this.client.query(
      `insert into ${this.table('bulk_imports')} (kind, file_hash) values ($1, $2) on conflict (kind, file_hash) do nothing`,
      this.#key,
    );
    const { rows } = await this.client.query<ImportProgress>(
      `select lines_done as "linesDone", imported, finished_at is not null as finished
       from ${this.table('bulk_imports')} where kind = $1 and file_hash = $2`,
      this.#key,
    );
    return rows[0]!;
  }

  /** Notes what a batch did, in the batch's transaction. */
  async advance(linesDone: number, imported: number): Promise<void> {
    await this.client.query(
      `update ${this.table('bulk_imports')} set lines_done = $3, imported = imported + $4 where kind = $1 and file_hash = $2`,
      [...this.#key, linesDone, imported],
    );
  }

  /** Notes that all lines are done. */
  async finish(): Promise<void> {
    await this.client.query(
      `update ${this.table('bulk_imports')} set finished_at = clock_timestamp() where kind = $1 and file_hash = $2`,
      this.#key,
    );
  }

  get #key(): string[] {
    return [this.kind, this.fileHash];
  }
}
