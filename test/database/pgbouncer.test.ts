import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type App, startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { openDatabaseServer } from '../../src/database/server.js';
import { startWarnings } from '../../src/database/start-warnings.js';
import { place } from '../orders/order-fixtures.js';
import { createCaller, startTestApp, type TestApp } from '../support/app.js';
import { type PgBouncer, pgbouncerVersion, startPgBouncer } from '../support/pgbouncer.js';

const secret = 'a secret of tests that is longer than 32 characters';
const timeout = '7000';

/** Whether PgBouncer passes on named statements, as it does from version 1.21 on. */
const version = await pgbouncerVersion();
const passesNames = version !== undefined && version >= 21;

/** What PgBouncer needs for this API. */
const settings = {
  database: `connect_query='set statement_timeout = ${timeout}'`,
  pooler: `ignore_startup_parameters = statement_timeout, options${passesNames ? '\nmax_prepared_statements = 100' : ''}`,
};

/** A server of its own, whose people have signed in by it. */
let direct: TestApp;
let pgbouncer: PgBouncer;
beforeAll(async () => {
  if (version === undefined) {
    return;
  }
  direct = await startTestApp({ settings: { TOKEN_SECRETS: secret } });
  pgbouncer = await startPgBouncer(direct.database.url, settings);
});
afterAll(async () => {
  await pgbouncer?.close();
  await direct?.close();
});

let served: App | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

function configOf(more: NodeJS.ProcessEnv) {
  return loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: pgbouncer.url,
    DIRECT_DATABASE_URL: direct.database.url,
    DATABASE_STATEMENT_TIMEOUT: timeout,
    TOKEN_SECRETS: secret,
    ...more,
  });
}

/** Starts the API behind PgBouncer, and gives somebody who has signed in. */
async function serve(more: NodeJS.ProcessEnv, headers = direct.headers) {
  const config = configOf(more);
  served = await startApp(config, config.database.directUrl ?? pgbouncer.url);
  return createCaller(served.url, headers);
}

/** With prepared statements, and without them where PgBouncer is older. */
const ways = [...(passesNames ? ['500'] : []), '0'];

/** Without PgBouncer there is nothing to see, which the title says. */
const whereItIs = version === undefined ? describe.skip : describe;

whereItIs.each(ways)(
  'Behind PgBouncer in transaction mode, with DATABASE_PREPARED_STATEMENTS=%s',
  preparedStatements => {
    const way = { DATABASE_PREPARED_STATEMENTS: preparedStatements };

    test('many requests at once are answered as without it', async () => {
      const pooled = await serve(way);
      const query = `{ orders(first: 10) { totalCount nodes { id status items { product { sku } } customer { firstName } } } }`;
      const expected = await direct.ask(query);
      const answers = await Promise.all(Array.from({ length: 60 }, () => pooled.ask(query)));
      answers.forEach(answer => expect(answer).toEqual(expected));
    });

    test('orders are placed at once, each in its own transaction', async () => {
      const pooled = await serve(way);
      const orders = await Promise.all(Array.from({ length: 10 }, () => place(pooled as TestApp)));
      expect(new Set(orders.map(({ id }) => id)).size).toBe(10);
    });

    test.each(['varchar(200)', 'text'])('requests go on after a migration to %s', async type => {
      const pooled = await serve(way);
      const query = '{ stores { nodes { name } } }';
      const readAtOnce = () => Promise.all(Array.from({ length: 20 }, () => pooled.ask(query)));
      const before = await readAtOnce();
      await direct.database.query(`alter table stores alter column name type ${type}`);
      expect(await readAtOnce()).toEqual(before);
      await place(pooled as TestApp);
    });

    test.each([
      ['by the connection past it', { DIRECT_DATABASE_URL: undefined }],
      ['after a second without one', { DIRECT_DATABASE_URL: '' }],
    ])('another process’s deactivation of a user is heard of %s', async (_how, { DIRECT_DATABASE_URL }) => {
      const clerk = await direct.named('Arthur');
      const pooled = await serve({ ...way, ...(DIRECT_DATABASE_URL === '' && { DIRECT_DATABASE_URL }) }, clerk.headers);
      await pooled.ask('{ orders { totalCount } }');
      await direct.database.query(`update users set state = 'DEACTIVATED' where name = 'Arthur'`);
      let code: string | undefined;
      while (code !== 'SESSION_ENDED') {
        code = (await pooled.send('{ orders { totalCount } }')).errors?.[0]?.extensions.code;
      }
    });
  },
);

whereItIs('A start behind PgBouncer', () => {
  test('says nothing when the time limit of statements holds', async () => {
    const config = configOf({});
    const server = await openDatabaseServer(config.database);
    expect(server.url).toBe(direct.database.url);
    expect(await startWarnings(server.url, config)).toEqual([]);
  });

  test('says when statements have no time limit', async () => {
    const careless = await startPgBouncer(direct.database.url, {
      pooler: 'ignore_startup_parameters = statement_timeout, options',
    });
    const config = configOf({ DATABASE_URL: careless.url });
    expect(await startWarnings(direct.database.url, config)).toEqual([
      expect.stringMatching(
        /^A pooler keeps DATABASE_STATEMENT_TIMEOUT from PostgreSQL, where statements have no time limit/,
      ),
    ]);
    await careless.close();
  });
});
