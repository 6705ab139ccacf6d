import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type App, startApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { ConfigError } from '../src/config/parse-settings.js';
import { place } from './orders/order-fixtures.js';
import { startTestApp, type TestApp } from './support/app.js';
import { endPrograms, run } from './support/process.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

interface Sender {
  url: string;
  headers: Record<string, string>;
}

/** Sends a body by POST, signed in. */
async function post(app: Sender, body: object) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...app.headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Sends parameters by GET, signed in. */
async function get(app: Sender, parameters: Record<string, string>) {
  const response = await fetch(`${app.url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { 'apollo-require-preflight': 'true', ...app.headers },
  });
  return response.json();
}

const count = { data: { orders: { totalCount: 24 } } };
const refused = (code: string) => ({ errors: [{ extensions: { code } }] });
const countOrders = 'query CountOrders { orders { totalCount } }';

const secret = 'a secret of tests that is longer than 32 characters';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ settings: { TOKEN_SECRETS: secret } });
});
afterAll(async () => {
  await endPrograms();
  await app.close();
});

describe('A query that a client has persisted', () => {
  test('is served by its hash, by POST and by GET', async () => {
    const extensions = persisted(sha256(countOrders));
    expect(await post(app, { extensions })).toMatchObject(refused('PERSISTED_QUERY_NOT_FOUND'));
    expect(await post(app, { query: countOrders, extensions })).toEqual(count);
    expect(await post(app, { extensions })).toEqual(count);
    expect(await get(app, { extensions: JSON.stringify(extensions) })).toEqual(count);
  });

  test.each([
    ['another query’s hash', sha256('{ __typename }')],
    ['no hash at all', 'orders'],
    ['a number', 42],
  ])('is refused with %s, and not kept', async (_what, hash) => {
    const extensions = persisted(hash as string);
    const mismatch = refused('PERSISTED_QUERY_MISMATCH');
    expect(await post(app, { query: countOrders, extensions })).toMatchObject(mismatch);
    expect(await get(app, { query: countOrders, extensions: JSON.stringify(extensions) })).toMatchObject(mismatch);
    expect(await post(app, { extensions })).not.toHaveProperty('data');
  });

  test.each([
    ['QUERY_TOO_DEEP', `{ ${'a{'.repeat(600)}b${'}'.repeat(600)} }`],
    ['QUERY_TOO_COSTLY', `{ ${Array.from({ length: 120 }, (_, n) => `a${n}: orders { totalCount }`).join(' ')} }`],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
    ['GRAPHQL_PARSE_FAILED', '{ orders'],
  ])('passes the limits before it is kept: %s', async (code, query) => {
    const extensions = persisted(sha256(query));
    expect(await post(app, { query, extensions })).toMatchObject(refused(code));
    expect(await post(app, { extensions })).toMatchObject(refused('PERSISTED_QUERY_NOT_FOUND'));
  });

  test('is held to the viewer’s permissions each time', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } orders { totalCount } }';
    const extensions = persisted(sha256(query));
    expect(await post(app, { query, extensions, variables: { ids: [] } })).toMatchObject(count);
    const anonymous = { ...app, headers: {} };
    expect(await post(anonymous, { extensions, variables: { ids: [] } })).toMatchObject(refused('UNAUTHENTICATED'));
  });

  test('is kept among others as long as there is room for them', async () => {
    const extensions = persisted(sha256(countOrders));
    await post(app, { query: countOrders, extensions });
    // A comment of half a million characters: thirty are more than what is kept.
    for (let number = 0; number < 30; number += 1) {
      const query = `{ __typename } # ${'x'.repeat(500_000)}${number}`;
      expect(await post(app, { query, extensions: persisted(sha256(query)) })).toHaveProperty('data');
    }
    expect(await post(app, { extensions })).toMatchObject(refused('PERSISTED_QUERY_NOT_FOUND'));
  });
});

describe('With TRUSTED_DOCUMENTS', () => {
  const hash = sha256(countOrders);
  const orderChanged = 'subscription OrderChanged { orderChanged { action } }';
  let folder: string;
  let served: App;
  /** The same people on a server that serves the manifest alone. */
  let trusted: Sender;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pier2-trusted-'));
    served = await serve({ [hash]: countOrders, changes: orderChanged });
    trusted = { url: served.url, headers: app.headers };
  });
  afterAll(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });

  /** Starts a server on the same database, with a manifest of this content. */
  async function serve(content: unknown): Promise<App> {
    const path = await manifest(content);
    const settings = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: app.database.url, TOKEN_SECRETS: secret };
    return startApp(loadConfig({ ...settings, TRUSTED_DOCUMENTS: path }), app.database.url);
  }

  async function manifest(content: unknown): Promise<string> {
    const path = join(folder, `${sha256(JSON.stringify(content))}.json`);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  test.each<[string, Record<string, unknown>]>([
    ['its documentId', { documentId: hash }],
    ['its documentId with the name of the hash', { documentId: `sha256:${hash}` }],
    ['its hash as Apollo’s clients send it', { extensions: persisted(hash) }],
    ['its hash and its text', { query: countOrders, extensions: persisted(hash) }],
    ['its text', { query: countOrders }],
    ['its documentId and the name of its operation', { documentId: hash, operationName: 'CountOrders' }],
  ])('an operation of the manifest is served by %s', async (_what, body) => {
    expect(await post(trusted, body)).toEqual(count);
    const parameters = Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    expect(await get(trusted, Object.fromEntries(parameters))).toEqual(count);
  });

  const other = 'query CountOrders { orders { totalCount } } # another';
  test.each<[string, Record<string, unknown>]>([
    ['another text', { query: other }],
    ['an unknown documentId', { documentId: sha256(other) }],
    ['an unknown hash', { extensions: persisted(sha256(other)) }],
    ['another text with its own hash, as a client persists it', { query: other, extensions: persisted(sha256(other)) }],
    ['another text under a known hash', { query: other, extensions: persisted(hash) }],
    ['another text under a known documentId', { query: other, documentId: hash }],
    ['the name of a property that every object has', { documentId: 'constructor' }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
  ])('%s is refused', async (_what, body) => {
    expect(await post(trusted, body)).toMatchObject(refused('DOCUMENT_NOT_TRUSTED'));
    const parameters = Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    expect(await get(trusted, Object.fromEntries(parameters))).toMatchObject(refused('DOCUMENT_NOT_TRUSTED'));
  });

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['several at once', [{ query: other }, { query: countOrders }]],
    ['a document that was parsed', { query: { kind: 'Document' } }],
  ])('a body with %s is refused', async (_what, body) => {
    expect(await post(trusted, body as object)).not.toHaveProperty('data');
  });

  test('the permissions of the viewer hold', async () => {
    expect(await post({ ...trusted, headers: {} }, { documentId: hash })).toMatchObject(refused('UNAUTHENTICATED'));
  });

  test.each(['WebSocket', 'SSE'])(
    'a subscription is served by its name over %s, and others are refused',
    async name => {
      const { url, headers } = trusted;
      const client =
        name === 'WebSocket'
          ? createSocketClient({
              url: `${url.replace('http', 'ws')}/graphql`,
              webSocketImpl: WebSocket,
              connectionParams: headers,
            })
          : createSseClient({ url: `${url}/graphql/stream`, headers, retryAttempts: 0 });
      const first = async (payload: object) => {
        const answer = client.iterate({ query: '', ...payload }).next();
        let told = false;
        void answer.finally(() => (told = true)).catch(() => {});
        while (!told) {
          await place(app);
          await Promise.race([answer.catch(() => {}), new Promise(resolve => setTimeout(resolve, 50))]);
        }
        return answer;
      };
      const change = { data: { orderChanged: { action: 'PLACED' } } };
      expect(await first({ extensions: { documentId: 'changes' } })).toMatchObject({ value: change });
      expect(await first({ extensions: persisted('changes') })).toMatchObject({ value: change });
      expect(await first({ query: orderChanged })).toMatchObject({ value: change });
      // Over SSE it is an answer by itself, with a status that says so.
      const refusal = async (payload: object): Promise<unknown> =>
        first(payload).catch((failure: { response?: Response }) => failure.response?.json() ?? { errors: failure });
      expect(await refusal({ query: orderChanged.replace('action', 'at') })).toMatchObject(
        refused('DOCUMENT_NOT_TRUSTED'),
      );
      expect(await refusal({ extensions: { documentId: 'others' } })).toMatchObject(refused('DOCUMENT_NOT_TRUSTED'));
      await client.dispose();
    },
  );

  test('the manifest may be one of Apollo’s', async () => {
    const operations = [{ id: 'count', name: 'CountOrders', type: 'query', body: countOrders }];
    const other = await serve({ format: 'apollo-persisted-query-manifest', version: 1, operations });
    expect(await post({ url: other.url, headers: app.headers }, { documentId: 'count' })).toHaveProperty('data.orders');
    await other.close();
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /holds no operations/],
    ['no operations', {}, /holds no operations/],
    ['a list', [countOrders], /holds no operations/],
    ['something else than texts', { one: { query: countOrders } }, /holds no operations/],
    ['a text that is no GraphQL', { one: 'query {' }, /its document "one" is none of GraphQL: Syntax Error/],
    ['a text without end', { one: '{a'.repeat(600) }, /its document "one" is none of GraphQL: it nests too deeply/],
  ])('the server does not start with a manifest of %s', async (_what, content, reason) => {
    await expect(serve(content)).rejects.toThrow(ConfigError);
    await expect(serve(content)).rejects.toThrow(reason);
  });

  test('the start tells of documents that do not fit the schema', async () => {
    const program = run(process.execPath, ['--import', '@oxc-node/core/register', 'src/main.ts'], {
      PORT: '0',
      HOST: '127.0.0.1',
      SEED: 'false',
      DATABASE_URL: app.database.url,
      TRUSTED_DOCUMENTS: await manifest({ count: countOrders, old: '{ orders { nodes { poetry } } }' }),
    });
    const [told] = await program.sees(/WARN: a document of TRUSTED_DOCUMENTS does not fit[^]*Pier 2 Imports is open/);
    expect(told).toMatch(/id: "old"\s+problem: "Cannot query field \\?"poetry\\?" on type \\?"Order\\?"/);
    expect(told).not.toContain('"count"');
  });

  test('the server does not start without the manifest', async () => {
    const settings = { NODE_ENV: 'test', DATABASE_URL: app.database.url, TRUSTED_DOCUMENTS: join(folder, 'none.json') };
    await expect(startApp(loadConfig(settings), app.database.url)).rejects.toThrow(
      /^TRUSTED_DOCUMENTS is ".*none.json", but that file cannot be read \(ENOENT\)\.$/,
    );
  });
});
