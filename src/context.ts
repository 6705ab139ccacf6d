import type { Loaders } from './database/loaders.js';
import type { Reader } from './database/reader.js';

/** What a resolver has of its request. */
export interface RequestContext {
  /** Reads of the request's tenant. */
  readonly reader: Reader;
  /** Relations of the request's tenant, batched and kept for the request. */
  readonly loaders: Loaders;
}
