import type pg from 'pg';
import type { EmbeddedPostgres } from '../src/database/embedded/index.js';
import { withClient } from '../src/database/with-client.js';
import type { Arguments } from './arguments.js';
import { type Asked, checkAnswers } from './check-answers.js';
import type { Started } from './contender.js';
import { contenders } from './contenders/index.js';
import { pier2 } from './contenders/pier2.js';
import { measure, type Measurement } from './measure.js';
import { parentOf, residentMemory } from './processor-time.js';
import { queries, type QueryName } from './queries.js';
import { requestsFor } from './requests.js';
import { prepareTenants, requestsToTenants } from './tenants.js';

/** What a run found out. */
export interface Results {
  queries: { query: QueryName; measurements: Measurement[] }[];
  servers: { contender: string; 'start ms': number; 'memory MB': number }[];
}

/**
 * Runs the queries, those that write on a copy of the database.
 * @param onQuery is told of each query when it is done
 */
export async function runBench(
  args: Arguments,
  postgres: EmbeddedPostgres,
  database: string,
  onQuery: (query: QueryName, measurements: Measurement[]) => void,
): Promise<Results> {
  const results: Results = { queries: [], servers: [] };
  if (args.tenants !== undefined) {
    await runOnTenants({ ...args, tenants: args.tenants }, postgres.url(database), results, onQuery);
    return results;
  }
  const run = (names: readonly QueryName[], url: string) => runOn(args, url, names, results, onQuery);
  await run(
    args.queries.filter(name => !queries[name].writes),
    postgres.url(database),
  );
  const writes = args.queries.filter(name => queries[name].writes);
  if (writes.length > 0) {
    const copy = `${database}_copy`;
    await onServer(postgres, `drop database if exists ${copy}`, `create database ${copy} template ${database}`);
    await run(writes, postgres.url(copy));
    await onServer(postgres, `drop database ${copy}`);
  }
  return results;
}

async function onServer(postgres: EmbeddedPostgres, ...statements: string[]): Promise<void> {
  await withClient(postgres.url('postgres'), async client => {
    for (const statement of statements) {
      await client.query(statement);
    }
  });
}

/** Measures this API with requests that are spread over tenants. */
async function runOnTenants(
  args: Arguments & { tenants: number },
  databaseUrl: string,
  results: Results,
  onQuery: (query: QueryName, measurements: Measurement[]) => void,
): Promise<void> {
  const server = await pier2.start({ ...args, databaseUrl });
  try {
    const tenants = await prepareTenants(databaseUrl, server, args);
    for (const query of args.queries.filter(name => !queries[name].writes)) {
      const requests = await requestsToTenants(databaseUrl, server, query, tenants);
      const measurements = await withClient(databaseUrl, async client =>
        measure([{ name: pier2.name, server, requests }], await postgresPid(client), args),
      );
      results.queries.push({ query, measurements });
      onQuery(query, measurements);
    }
    noteServer(pier2.name, server, results);
  } finally {
    await server.stop();
  }
}

async function runOn(
  args: Arguments,
  databaseUrl: string,
  names: readonly QueryName[],
  results: Results,
  onQuery: (query: QueryName, measurements: Measurement[]) => void,
): Promise<void> {
  const taking = contenders.filter(
    ({ name, queries: known }) => args.only.includes(name) && names.some(query => known.includes(query)),
  );
  const servers = new Map<string, Started>();
  try {
    for (const contender of taking) {
      servers.set(contender.name, await contender.start({ ...args, databaseUrl }));
    }
    for (const query of names) {
      const asked = await prepare(
        databaseUrl,
        query,
        taking.filter(({ queries: known }) => known.includes(query)),
        servers,
      );
      const measurements = await withClient(databaseUrl, async client => {
        await checkAnswers(client, query, asked);
        return measure(
          asked.map(({ contender, ...runner }) => ({ name: contender.name, ...runner })),
          await postgresPid(client),
          args,
        );
      });
      results.queries.push({ query, measurements });
      onQuery(query, measurements);
    }
    servers.forEach((server, contender) => noteServer(contender, server, results));
  } finally {
    await Promise.all([...servers.values()].map(server => server.stop()));
  }
}

function noteServer(contender: string, server: Started, { servers }: Results): void {
  const memory = residentMemory(server.pid);
  servers.push({ contender, 'start ms': Math.round(server.startedIn), 'memory MB': Math.round(memory) });
}

/** The first process of PostgreSQL, which has started that of each connection. */
async function postgresPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return parentOf(rows[0]!.pid);
}

async function prepare(
  databaseUrl: string,
  query: QueryName,
  taking: readonly (typeof contenders)[number][],
  servers: ReadonlyMap<string, Started>,
): Promise<Asked[]> {
  const values = await withClient(databaseUrl, client => queries[query].values(client));
  if (values.length === 0) {
    throw new Error(`The data set has nothing to ask ${query} for; take more orders.`);
  }
  return Promise.all(
    taking.map(async contender => {
      const server = servers.get(contender.name)!;
      return { contender, server, requests: await requestsFor(contender, server, query, queries[query], values) };
    }),
  );
}
