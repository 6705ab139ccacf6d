import { type Contender, startServer } from '../../contender.js';
import type { QueryName } from '../../queries.js';
import { variablesOf } from '../pier2.js';
import { statements } from './statements.js';

/** What can be had on this machine at all: it answers in the API's own form, with none of its work. */
export const limit: Contender = {
  name: 'limit',
  queries: Object.keys(statements) as QueryName[],
  start: ({ databaseUrl, poolSize }) =>
    startServer('contenders/limit/server.ts', {
      folder: `${import.meta.dirname}/../..`,
      arguments: ['--import', '@oxc-node/core/register'],
      env: { DATABASE_URL: databaseUrl, POOL_SIZE: String(poolSize) },
    }),
  request: (query, values) => ({ path: `/${query}`, body: JSON.stringify(variablesOf(values)) }),
  plain: (_query, data) => data,
};
