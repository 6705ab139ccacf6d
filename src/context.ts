import type { Loaders } from './database/loaders.js';
import type { Reader } from './database/reader.js';
import type { Row } from './database/row.js';
import type { Transact } from './database/transactions.js';
import type { HistoryEntry } from './history/history-entry.entity.js';

/** What a resolver has of its request. */
export interface RequestContext {
  /** Reads of the request's tenant. */
  readonly reader: Reader;
  /** Relations of the request's tenant, batched and kept for the request, until it writes. */
  readonly loaders: Loaders;
  /** Writes of the request's tenant, in the name of who sent it. */
  readonly transact: Transact;
  /** How long an idempotency key of a placement holds. */
  readonly idempotencyKeyHours: number;
  /** The languages of the Guide by their codes, each with its text search configuration of PostgreSQL. */
  readonly languages: ReadonlyMap<string, string>;
  /** New entries of the tenant's history, from the moment of the call. */
  readonly historyFeed: () => AsyncIterableIterator<Row<HistoryEntry>>;
}
