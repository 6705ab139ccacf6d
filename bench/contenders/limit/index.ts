import { type Contender, startServer } from '../../contender.js';
import { queryNames } from '../../queries.js';
import { variablesOf } from '../pier2.js';

/** What can be had on this machine at all: it answers in the API's own form, with none of its work. */
export const limit: Contender = {
  name: 'limit',
  queries: queryNames,
  start: ({ databaseUrl, poolSize }) =>
    startServer('contenders/limit/server.ts', {
      folder: `${import.meta.dirname}/../..`,
      arguments: ['--import', '@oxc-node/core/register'],
      env: { DATABASE_URL: databaseUrl, POOL_SIZE: String(poolSize) },
    }),
  request: (query, values) => ({ path: `/${query}`, body: JSON.stringify(variablesOf(values)) }),
  plain: (_query, data) => data,
};
