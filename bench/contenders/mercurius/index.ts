import { type Contender, startServer } from '../../contender.js';
import { graphqlRequests } from '../../graphql-request.js';
import { plainAnswer } from '../../plain-answer.js';

const request = graphqlRequests('mercurius');

/** What a good developer writes by hand with fastify and mercurius: batched loaders over SQL, compiled queries. */
export const mercurius: Contender = {
  name: 'mercurius',
  queries: ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6'],
  start: ({ databaseUrl, poolSize }) =>
    startServer('contenders/mercurius/server.ts', {
      folder: `${import.meta.dirname}/../..`,
      arguments: ['--import', '@oxc-node/core/register'],
      env: { DATABASE_URL: databaseUrl, POOL_SIZE: String(poolSize) },
    }),
  request,
  plain: (_query, data) => plainAnswer(data),
};
