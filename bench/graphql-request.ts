import { readFileSync } from 'node:fs';
import type { Request } from './contender.js';
import type { QueryName } from './queries.js';

/** How a contender is asked by GraphQL; its queries stand in a folder of its own, each as one would write it for it. */
export function graphqlRequests(folder: string): (query: QueryName, variables: object) => Request {
  const texts = new Map<QueryName, string>();
  return (name, variables) => {
    const query = texts.get(name) ?? readFileSync(`${import.meta.dirname}/queries/${folder}/${name}.graphql`, 'utf8');
    texts.set(name, query);
    return { path: '/graphql', body: JSON.stringify({ query, variables }) };
  };
}
