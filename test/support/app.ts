import { startApp } from '../../src/app.js';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { loadConfig } from '../../src/config.js';
import { samplePassword, sampleUsers } from '../../seeders/sample-users.js';
import { Role } from '../../src/permissions.js';
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

/** Somebody who sends requests to the API. */
export interface Caller {
  /** The headers of their requests, with which they have signed in. */
  headers: Record<string, string>;
  /** Sends a query and gives the answer, with its errors if it has any. */
  send(query: string, variables?: object): Promise<Answer>;
  /** Sends a query that must succeed and gives its data. */
  ask(query: string, variables?: object): Promise<Answer['data']>;
  /** Sends a mutation and gives its payload; `selection` is what of the object is asked for. */
  change(mutation: string, input: object, selection?: string): Promise<Payload>;
}

/** The API on a database of the test file's own, reached as its users reach it; without more said, by the shop's owner. */
export interface TestApp extends Caller {
  url: string;
  database: TestDatabase;
  /** Somebody with headers of their own alone, such as a token; without any, somebody who has not signed in. */
  caller(headers?: Record<string, string>): Caller;
  /** The sample user of a role, signed in. */
  as(role: Role): Promise<Caller>;
  /** A clerk of this name, signed in. It is made in the database, which is faster than to invite and to sign in. */
  named(name: string): Promise<Caller>;
  /** Ends the API, and leaves its database. */
  end(): Promise<void>;
  close(): Promise<void>;
}

const secret = 'a secret of tests that is longer than 32 characters';
const tokens = new AccessTokens([secret], 60);

/** Starts the API on a free port; settings are environment variables. */
export async function startTestApp(options: { data?: DataSet; settings?: NodeJS.ProcessEnv } = {}): Promise<TestApp> {
  const database = await createTestDatabase(options.data ?? 'sample');
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    TOKEN_SECRETS: secret,
    ...options.settings,
  });
  const app = await startApp(config, database.url);

  const caller = (headers: Record<string, string> = {}) => createCaller(app.url, headers);
  const as = async (role: Role) => {
    const tenant = role === Role.OPERATOR ? 'platform' : 'default';
    return caller(await signIn(caller({ 'x-tenant': tenant }), sampleUsers[role].email));
  };
  return {
    ...(await as(Role.OWNER)),
    url: app.url,
    database,
    caller,
    as,
    named: async name => {
      const [session] = await database.query<{ id: string }>(
        `with user_ as (
           insert into users (id, email, name, role, state, password_hash)
           select gen_random_uuid(), gen_random_uuid() || '@named.example', $1, 'CLERK', 'ACTIVE', '' returning id)
         insert into sessions (id, user_id, expires_at) select gen_random_uuid(), id, now() + interval '1 hour' from user_
         returning id`,
        [name],
      );
      const [tenant] = await database.query<{ id: string }>(`select id from platform.tenants where schema = 'public'`);
      const { token } = await tokens.sign({ tenant: tenant!.id, session: session!.id });
      return caller({ authorization: `Bearer ${token}` });
    },
    end: () => app.close(),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

/** A sample user, signed in to an API, wherever it was started. */
export async function signedIn(url: string, role = Role.OWNER): Promise<Caller> {
  return createCaller(url, await signIn(createCaller(url, {}), sampleUsers[role].email));
}

/** Signs somebody in with the password of the sample users, and gives the headers of their requests. */
export async function signIn({ change }: Pick<Caller, 'change'>, email: string): Promise<Record<string, string>> {
  const { accessToken, userErrors } = await change('login', { email, password: samplePassword }, 'accessToken');
  if (!accessToken) {
    throw new Error(`Nobody could sign in as ${email}: ${JSON.stringify(userErrors)}`);
  }
  return { authorization: `Bearer ${accessToken}` };
}

/** Somebody who sends requests with these headers to an API, wherever it was started. */
export function createCaller(url: string, headers: Record<string, string>): Caller {
  const send = async (query: string, variables?: object): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Answer;
    return { status: response.status, data, errors };
  };
  const ask = async (query: string, variables?: object) => {
    const { data, errors } = await send(query, variables);
    if (errors) {
      throw new Error(`The query failed: ${JSON.stringify(errors)}`);
    }
    return data;
  };
  return {
    headers,
    send,
    ask,
    change: async (mutation, input, selection = '') => {
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) {
        ${selection} userErrors { code field message currentVersion } } }`;
      return (await ask(query, { input }))[mutation];
    },
  };
}
