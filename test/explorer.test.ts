import { afterEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from './support/app.js';
import { onServer } from './support/server.js';

let app: TestApp;
afterEach(() => app.close());

const start = async (settings: NodeJS.ProcessEnv) => {
  app = await startTestApp({ settings: { LOG_LEVEL: 'silent', ...settings } });
};

/** Visits a page as a browser does. */
async function visit(path: string, headers: Record<string, string> = { accept: 'text/html' }) {
  const response = await fetch(`${app.url}${path}`, { headers, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const introspection = '{ __schema { queryType { name } } }';

describe('In development', () => {
  it('GET /graphql opens Apollo Sandbox with a first query', async () => {
    await start({ NODE_ENV: 'development' });
    const { status, headers, text } = await visit('/graphql');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('embeddable-sandbox.cdn.apollographql.com');
    expect(text).toContain('query NewestOrders');
  });

  it('GET /graphiql opens GraphiQL without anything from another host', async () => {
    await start({ NODE_ENV: 'development' });
    const { status, headers, text } = await visit('/graphiql');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const tags = text.match(/<(script|link|img|iframe)\b[^>]*>/g) ?? [];
    expect(tags).not.toHaveLength(0);
    expect(tags.filter(tag => /(src|href)\s*=\s*["']?(https?:)?\/\//i.test(tag))).toEqual([]);
    expect(text).toContain('query NewestOrders');
    expect(text).toContain('/graphql');
  });

  it('the first query of the explorers is answered', async () => {
    await start({ NODE_ENV: 'development' });
    const { text } = await visit('/graphiql');
    // It stands in the page as a string of JSON.
    const [encoded] = /"# Welcome to Pier 2 Imports(?:\\.|[^"\\])*"/.exec(text)!;
    // The header stands beside it, as one that is sent with whatever a tab says.
    const [, headers] = /"query":"# Welcome(?:\\.|[^"\\])*","additionalHeaders":(\{[^}]*\})/.exec(text)!;
    const explorer = app.caller(JSON.parse(headers!));
    const { orders, me } = await explorer.ask(`${JSON.parse(encoded).replace('{', '{ me { role } ')}`);
    expect(orders.nodes).toHaveLength(5);
    expect(me).toEqual({ role: 'OWNER' });
  });

  it('a query in the address of GraphiQL comes before the first query', async () => {
    await start({ NODE_ENV: 'development' });
    expect((await visit('/graphiql?query=%7Bme%7Bname%7D%7D')).text).toMatch(/"defaultQuery":"# Welcome/);
  });

  it('Apollo’s page leads to GraphiQL where Sandbox cannot be loaded', async () => {
    await start({ NODE_ENV: 'development' });
    expect((await visit('/graphql')).text).toMatch(/offline\. <a href="\/graphiql">[^]*#embeddableSandbox:empty \{/);
  });

  it('Apollo Sandbox is signed in as well', async () => {
    await start({ NODE_ENV: 'development' });
    const { text } = await visit('/graphql');
    const [token] = /ey[\w-]+\.[\w-]+\.[\w-]+/.exec(text)!;
    expect(await app.caller({ authorization: `Bearer ${token}` }).ask('{ me { role } }')).toEqual({
      me: { role: 'OWNER' },
    });
  });

  it.each([
    ['without sample data', { NODE_ENV: 'development', SEED: 'false' }],
    ['in production', { NODE_ENV: 'production', EXPLORER: 'true' }],
  ])('no page is signed in %s', async (_when, settings) => {
    await start(settings);
    for (const path of ['/graphiql', '/graphql']) {
      expect((await visit(path)).text).not.toMatch(/Bearer ey|ey[\w-]{20,}\.[\w-]+\.[\w-]+/);
    }
  });

  it('GET / leads to the explorer', async () => {
    await start({ NODE_ENV: 'development' });
    const { status, headers } = await visit('/');
    expect([status, headers.get('location')]).toEqual([302, '/graphql']);
  });

  it('the schema can be introspected', async () => {
    await start({ NODE_ENV: 'development' });
    expect(await app.ask(introspection)).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });
});

describe('Without explorers', () => {
  it.each([
    ['in production', { NODE_ENV: 'production' }],
    ['when EXPLORER is false', { NODE_ENV: 'development', EXPLORER: 'false' }],
  ])('no page and no introspection is served %s, and queries are answered', async (_when, settings) => {
    await start(settings);
    for (const path of ['/', '/graphiql', '/graphql']) {
      const { status, text } = await visit(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toMatch(/<script|sandbox|NewestOrders|\/src\/|node_modules/i);
    }
    const { status, errors } = await app.send(introspection);
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(await app.ask('{ country(iso2Code: "GB") { name } }')).toEqual({ country: { name: 'United Kingdom' } });
  });

  it('an unknown field gets no hints of the schema', async () => {
    await start({ NODE_ENV: 'production' });
    const { errors } = await app.send('{ customrs { totalCount } }');
    expect(errors?.[0]?.message).toBe('Cannot query field "customrs" on type "Query".');
  });

  it('they are served in production when EXPLORER is true', async () => {
    await start({ NODE_ENV: 'production', EXPLORER: 'true' });
    expect((await visit('/graphiql')).status).toBe(200);
    expect((await visit('/graphql')).text).toContain('NewestOrders');
  });
});

describe('Health', () => {
  it('is 200 while the database answers, 503 while it does not, and 200 again after', async () => {
    await start({});
    const name = new URL(app.database.url).pathname.slice(1);
    expect(await visit('/health')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    await rename(name, `${name}_away`);
    const { status, text } = await visit('/health');
    const live = await visit('/live');
    await rename(`${name}_away`, name);
    // To start the process anew would not bring the database back.
    expect(live).toMatchObject({ status: 200, text: '{"status":"live"}' });
    expect([status, JSON.parse(text)]).toEqual([
      503,
      { status: 'unavailable', reason: 'The database does not answer.' },
    ]);
    expect((await visit('/health')).status).toBe(200);
  });

  it('keeps a connection for longer than the minute of a load balancer in front', async () => {
    await start({});
    const { headers } = await visit('/live');
    const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  it('is there in production', async () => {
    await start({ NODE_ENV: 'production' });
    expect((await visit('/health')).status).toBe(200);
    expect((await visit('/live')).status).toBe(200);
  });

  /** Takes the database away from those who use it, as far as they can see. */
  async function rename(from: string, to: string): Promise<void> {
    await onServer(async client => {
      // Else who listens would come back at once.
      await client.query(`alter database ${from} allow_connections false`);
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [from]);
      await client.query(`alter database ${from} rename to ${to}`);
      await client.query(`alter database ${to} allow_connections true`);
    });
  }
});

describe('A page of another site', () => {
  /** Which origin may read the answer to a query, and to the question before it; null when none may. */
  async function allowed(origin: string): Promise<(string | null)[]> {
    const question = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    await answer.text();
    return [question, answer].map(({ headers }) => headers.get('access-control-allow-origin'));
  }

  it('may ask in development, whatever its origin', async () => {
    await start({ NODE_ENV: 'development' });
    expect(await allowed('https://shop.example')).toEqual(['https://shop.example', 'https://shop.example']);
  });

  it('may not ask in production', async () => {
    await start({ NODE_ENV: 'production' });
    expect(await allowed('https://shop.example')).toEqual([null, null]);
  });

  it('may ask when CORS_ORIGINS lists its origin, and none else may', async () => {
    await start({ NODE_ENV: 'production', CORS_ORIGINS: 'https://shop.example, https://staff.example' });
    expect(await allowed('https://shop.example')).toEqual(['https://shop.example', 'https://shop.example']);
    expect(await allowed('https://staff.example')).toEqual(['https://staff.example', 'https://staff.example']);
    for (const other of ['https://shop.example.evil.example', 'http://shop.example', 'null', 'https://example']) {
      expect(await allowed(other)).toEqual([null, null]);
    }
  });
});
