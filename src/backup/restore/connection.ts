import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { executeRaw, type RawTransaction } from '../../database/savepoints.js';
import type { Asks } from '../../migrate/fingerprint.js';

/** The connection of a transaction of the ORM, which also copies rows. */
export class Connection {
  constructor(private readonly transaction: RawTransaction) {}

  /** Runs a statement, as the driver's connections do. */
  readonly query = (async (sql: string, values?: unknown[]) => ({
    rows: await executeRaw(this.transaction, sql, values),
  })) as Asks['query'];

  /** Copies rows in, and gives their number. */
  async copyIn(sql: string, rows: AsyncIterable<Buffer>): Promise<number> {
    const copy = copyFrom(sql);
    // The query builder hands whatever it is given to the driver, which takes a stream in place of a text.
    await executeRaw(this.transaction, copy);
    await pipeline(Readable.from(rows, { objectMode: false }), copy);
    return copy.rowCount;
  }

  /** Copies rows out. */
  async copyOut(sql: string): Promise<AsyncIterable<Buffer>> {
    const copy = copyTo(sql);
    await executeRaw(this.transaction, copy);
    return copy as AsyncIterable<Buffer>;
  }
}
