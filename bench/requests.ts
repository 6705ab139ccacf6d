import type { Contender, Request, Started } from './contender.js';
import type { BenchQuery, QueryName, Values } from './queries.js';

/** Asks a contender once and gives its data. */
export async function ask({ origin, headers }: Started, { path, body }: Request): Promise<unknown> {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.text();
  const { data, errors } = answer.ok ? (JSON.parse(text) as { data?: unknown; errors?: unknown }) : {};
  if (!data || errors) {
    throw new Error(`${origin}${path} answered ${answer.status} to ${body}: ${text.slice(0, 2000)}`);
  }
  return data;
}

/**
 * The requests that a contender is measured with.
 * @param most how many there should be at the most
 */
export async function requestsFor(
  contender: Contender,
  server: Started,
  name: QueryName,
  query: BenchQuery,
  values: readonly Values[],
  most = Infinity,
): Promise<Request[]> {
  if (query.pages === undefined) {
    return values.slice(0, most).map(value => contender.request(name, value));
  }
  const lists = await Promise.all(
    values.map(value =>
      walk(server, after => contender.request(name, after ? { ...value, after } : value), Math.min(query.pages!, most)),
    ),
  );
  return lists.flat().slice(0, most);
}

/** Walks through a list's pages from the start, and gives the requests of the second half of them. */
async function walk(server: Started, request: (after?: string) => Request, pages: number): Promise<Request[]> {
  const requests: Request[] = [];
  let next: Request | undefined = request();
  while (next && requests.length < pages) {
    requests.push(next);
    const pageInfo = findPageInfo(await ask(server, next));
    next = pageInfo?.hasNextPage ? request(pageInfo.endCursor) : undefined;
  }
  return requests.slice(requests.length >> 1);
}

interface PageInfo {
  hasNextPage: boolean;
  endCursor: string;
}

/** The place of the page in its list, which stands in an answer somewhere below its first field. */
function findPageInfo(data: unknown): PageInfo | undefined {
  const [list] = Object.values(data as Record<string, { pageInfo?: PageInfo }>);
  return list?.pageInfo;
}
