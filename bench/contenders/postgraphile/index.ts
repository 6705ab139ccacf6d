import { readFileSync } from 'node:fs';
import { withClient } from '../../../src/database/with-client.js';
import { type Contender, startServer } from '../../contender.js';
import { graphqlRequests } from '../../graphql-request.js';
import { plainAnswer } from '../../plain-answer.js';

const request = graphqlRequests('postgraphile');

/** PostGraphile 5, which makes its API of the tables, asked in its own words. */
export const postgraphile: Contender = {
  name: 'postgraphile',
  queries: ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6'],
  start: async ({ databaseUrl, poolSize }) => {
    const functions = readFileSync(`${import.meta.dirname}/functions.sql`, 'utf8');
    await withClient(databaseUrl, client => client.query(functions));
    return startServer('contenders/postgraphile/server.ts', {
      folder: `${import.meta.dirname}/../..`,
      arguments: ['--import', '@oxc-node/core/register'],
      env: { DATABASE_URL: databaseUrl, POOL_SIZE: String(poolSize), GRAPHILE_ENV: 'production' },
    });
  },
  request,
  plain: (query, data) => plainAnswer(query === 'Q5' ? { orderStatistics: data } : data),
};
