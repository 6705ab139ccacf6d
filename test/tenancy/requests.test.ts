import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { request } from 'node:http';
import { startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { Role } from '../../src/permissions.js';
import { type Caller, createCaller, startTestApp, type TestApp } from '../support/app.js';
import { stopClock } from '../support/stop-clock.js';
import { makeTenant, type TestTenant } from './tenant-fixtures.js';

let app: TestApp;
let gold: TestTenant;
let blue: TestTenant;
beforeAll(async () => {
  app = await startTestApp({ settings: { PUBLIC_CATALOGUE: 'true' } });
  gold = await makeTenant(app, 'Heart of Gold', { hosts: ['gold.example'] });
  blue = await makeTenant(app, 'Blåhaj', { hosts: ['blue.example', 'www.blue.example'] });
  for (const { name, owner } of [gold, blue]) {
    await owner.change('createProduct', { sku: name, name, price: '1', currencyCode: 'USD' });
  }
}, 60_000);
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => app.close());

/** Whose catalogue answers: fetch sends no `host` of ours, so the request is made by hand. */
function ask(headers: Record<string, string>): Promise<{ status: number; sku?: string; code?: string }> {
  const body = JSON.stringify({ query: '{ products(first: 1) { nodes { sku } } }' });
  const { port, hostname } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, hostname, path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      response => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const { data, errors } = JSON.parse(text);
          const sku = data?.products.nodes[0].sku as string | undefined;
          const code = errors?.[0].extensions.code as string | undefined;
          resolve({ status: response.statusCode!, ...(sku && { sku }), ...(code && { code }) });
        });
      },
    );
    sent.on('error', reject);
    // As bytes: of a text, Node would write the headers in UTF-8 too.
    sent.end(Buffer.from(body));
  });
}

const latin = (text: string) => Buffer.from(text).toString('latin1');
const tokenOf = ({ owner }: TestTenant) => ({ authorization: owner.headers['authorization']! });

describe('A request is for', () => {
  const defaultSku = 'FISH-BABEL';

  test.each([
    ['the default shop, when it names none', () => ({}), defaultSku],
    ['the default shop, when its host leads nowhere', () => ({ host: 'nobody.example' }), defaultSku],
    ['the shop that x-tenant names', () => ({ 'x-tenant': 'Heart of Gold' }), 'Heart of Gold'],
    ['the shop that x-tenant names in another case', () => ({ 'x-tenant': 'HEART of gold ' }), 'Heart of Gold'],
    ['the shop that x-tenant names in UTF-8', () => ({ 'x-tenant': latin('BLÅHAJ') }), 'Blåhaj'],
    ['the shop that its host leads to', () => ({ host: 'gold.example' }), 'Heart of Gold'],
    [
      'the shop that its host leads to, with a port and in another case',
      () => ({ host: 'WWW.Blue.example:8080' }),
      'Blåhaj',
    ],
    ['the shop of its token', () => tokenOf(gold), 'Heart of Gold'],
    [
      'the shop that x-tenant names before that of its host',
      () => ({ host: 'gold.example', 'x-tenant': latin('Blåhaj') }),
      'Blåhaj',
    ],
    [
      'a shop that header, host and token all say',
      () => ({ host: 'gold.example', 'x-tenant': 'heart of gold', ...tokenOf(gold) }),
      'Heart of Gold',
    ],
    ['the default shop, when x-tenant is blank', () => ({ 'x-tenant': ' ' }), defaultSku],
  ])('%s', async (_what, headers, sku) => {
    expect(await ask(headers())).toEqual({ status: 200, sku: expect.stringContaining(sku.slice(0, 4)) });
  });

  test.each([
    ['for a shop that there is not', () => ({ 'x-tenant': 'Krikkit' }), 404, 'UNKNOWN_TENANT'],
    ['for a shop by its schema', () => ({ 'x-tenant': 'tenant_heart_of_gold' }), 404, 'UNKNOWN_TENANT'],
    ['for a shop by SQL', () => ({ 'x-tenant': `' or true --` }), 404, 'UNKNOWN_TENANT'],
    [
      'for another shop than its token’s by header',
      () => ({ 'x-tenant': latin('Blåhaj'), ...tokenOf(gold) }),
      403,
      'TENANT_MISMATCH',
    ],
    [
      'for another shop than its token’s by host',
      () => ({ host: 'blue.example', ...tokenOf(gold) }),
      403,
      'TENANT_MISMATCH',
    ],
    [
      'for the default shop with a token of another',
      () => ({ 'x-tenant': 'default', ...tokenOf(gold) }),
      403,
      'TENANT_MISMATCH',
    ],
    [
      'for the platform with a token of a shop',
      () => ({ 'x-tenant': 'platform', ...tokenOf(gold) }),
      403,
      'TENANT_MISMATCH',
    ],
    ['for the catalogue of the platform', () => ({ 'x-tenant': 'platform' }), 401, 'UNAUTHENTICATED'],
    ['with no token in its authorization', () => ({ authorization: 'Basic YTpi' }), 401, 'INVALID_TOKEN'],
  ])('nobody %s', async (_what, headers, status, code) => {
    expect(await ask(headers())).toEqual({ status, code });
  });

  test('nobody who names no shop, where DEFAULT_TENANT is false', async () => {
    const strict = await startTestApp({ settings: { DEFAULT_TENANT: 'false' } });
    const { errors } = await strict.caller().send('{ countries { totalCount } }');
    expect(errors).toMatchObject([{ extensions: { code: 'TENANT_REQUIRED' } }]);
    expect(
      (await strict.caller({ 'x-tenant': 'default' }).send('{ countries { totalCount } }')).errors,
    ).toBeUndefined();
    await strict.close();
  });
});

describe('A shop', () => {
  let operator: Caller;
  beforeAll(async () => {
    operator = await app.as(Role.OPERATOR);
  });

  const visit = (name: string) => ask({ 'x-tenant': latin(name) });

  test('that is suspended is served no more, not to those who have signed in either, until it is resumed', async () => {
    const { id } = blue;
    const { tenant } = await operator.change('suspendTenant', { id }, 'tenant { state }');
    expect(tenant).toEqual({ state: 'SUSPENDED' });
    await eventually(() => visit('Blåhaj'), { status: 403, code: 'TENANT_SUSPENDED' });
    expect(await ask({ host: 'blue.example' })).toEqual({ status: 403, code: 'TENANT_SUSPENDED' });
    expect(await ask(tokenOf(blue))).toEqual({ status: 403, code: 'TENANT_SUSPENDED' });
    expect(await visit('Heart of Gold')).toMatchObject({ status: 200 });
    await operator.change('resumeTenant', { id });
    await eventually(() => visit('Blåhaj'), { status: 200, sku: 'Blåhaj' });
  });

  test('that is renamed is found by its new name alone, with the tokens and hosts that it had', async () => {
    const { id } = gold;
    await operator.change('renameTenant', { id, name: 'Starship Titanic' });
    await eventually(() => visit('Starship Titanic'), { status: 200, sku: 'Heart of Gold' });
    expect(await visit('Heart of Gold')).toEqual({ status: 404, code: 'UNKNOWN_TENANT' });
    expect(await ask({ host: 'gold.example', ...tokenOf(gold) })).toMatchObject({ sku: 'Heart of Gold' });
    await operator.change('renameTenant', { id, name: 'Heart of Gold' });
    await eventually(() => visit('Heart of Gold'), { status: 200, sku: 'Heart of Gold' });
  });

  test('that gets other hosts is found by those alone', async () => {
    const { tenant } = await operator.change(
      'setTenantHosts',
      { id: gold.id, hosts: ['au.example', 'AU.example '] },
      'tenant { hosts }',
    );
    expect(tenant).toEqual({ hosts: ['au.example'] });
    await eventually(() => ask({ host: 'au.example' }), { status: 200, sku: 'Heart of Gold' });
    expect((await ask({ host: 'gold.example' })).sku).not.toBe('Heart of Gold');
  });

  /** A process hears of a change by the database, in milliseconds; it is asked until it has. */
  async function eventually(look: () => Promise<unknown>, expected: unknown): Promise<void> {
    const until = Date.now() + 5_000;
    let seen = await look();
    while (JSON.stringify(seen) !== JSON.stringify(expected) && Date.now() < until) {
      seen = await look();
    }
    expect(seen).toEqual(expected);
  }
});

/** Suspends a shop that another process has served until then, and waits until it does so no more. */
async function suspendElsewhere(meanwhile: () => void): Promise<void> {
  const settings = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: app.database.url };
  const second = await startApp(loadConfig(settings), app.database.url);
  const other = createCaller(second.url, { 'x-tenant': latin('Blåhaj') });
  const code = async () => (await other.send('{ countries { totalCount } }')).errors?.[0]?.extensions.code;
  const setState = (state: string) =>
    app.database.query('update platform.tenants set state = $1 where id = $2', [
      state,
      blue.id.slice('Tenant_'.length),
    ]);
  await setState('ACTIVE');
  while ((await code()) !== undefined) {
    // It was suspended by the test before.
  }
  meanwhile();
  await setState('SUSPENDED');
  while ((await code()) !== 'TENANT_SUSPENDED') {
    // It has not heard of it yet.
  }
  await second.close();
}

test('A suspension holds on other processes, which are notified of it', () => suspendElsewhere(stopClock));

test('A suspension holds on other processes when nobody can tell them', async () => {
  const listens = `datname = current_database() and query like 'select clock_timestamp%'`;
  // Whoever listens is cut off again and again, so that nobody can be told.
  let cutting = true;
  const cut = (async () => {
    while (cutting) {
      await app.database.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${listens}`);
    }
  })();
  await suspendElsewhere(() => {});
  cutting = false;
  await cut;
});
