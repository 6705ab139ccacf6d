import { startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import type { DataSet } from './server.js';

/** An answer of the API as it came over HTTP. */
export interface Answer {
  status: number;
  // Tests look into answers of any shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any;
  errors: { message: string; path?: unknown[]; extensions: { code: string } }[] | undefined;
}

/** What a mutation answers. */
// Tests look into objects of any shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Payload = Record<string, any> & {
  userErrors: { code: string; field: string | null; message: string; currentVersion: number | null }[];
};

/** The API on a database of the test file's own, reached as its users reach it. */
export interface TestApp {
  url: string;
  database: TestDatabase;
  /** Sends a query and gives the answer, with its errors if it has any. */
  send(query: string, variables?: object): Promise<Answer>;
  /** Sends a query that must succeed and gives its data. */
  ask(query: string, variables?: object): Promise<Answer['data']>;
  /** Sends a mutation in somebody's name and gives its payload; `selection` is what of the object is asked for. */
  change(mutation: string, input: object, selection?: string, actor?: string): Promise<Payload>;
  /** Ends the API, and leaves its database. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the API on a free port; settings are environment variables. */
export async function startTestApp(options: { data?: DataSet; settings?: NodeJS.ProcessEnv } = {}): Promise<TestApp> {
  const database = await createTestDatabase(options.data ?? 'sample');
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, ...options.settings });
  const app = await startApp(config, database.url);

  const send = async (query: string, variables?: object, actor?: string): Promise<Answer> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(actor && { 'x-actor': actor }) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Answer;
    return { status: response.status, data, errors };
  };
  const ask = async (query: string, variables?: object, actor?: string) => {
    const { data, errors } = await send(query, variables, actor);
    if (errors) {
      throw new Error(`The query failed: ${JSON.stringify(errors)}`);
    }
    return data;
  };
  return {
    url: app.url,
    database,
    send,
    ask,
    change: async (mutation, input, selection = '', actor?) => {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) {
        ${selection} userErrors { code field message currentVersion } } }`;
      return (await ask(query, { input }, actor))[mutation];
    },
    end: () => app.close(),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}
