import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { createClient } from 'graphql-sse';
import { pino } from 'pino';
import { seedSampleUsers } from '../../../seeders/sample-users.js';
import { startApp } from '../../../src/app.js';
import { Housekeeping } from '../../../src/auth/housekeeping.js';
import { loadConfig } from '../../../src/config.js';
import { runtimeOptions } from '../../../src/database/orm.options.js';
import { ReadPool } from '../../../src/database/reader.js';
import { platformEntities } from '../../../src/entities.js';
import { readBuild } from '../../../src/migrate/build.js';
import type { StatementRecord } from '../../../src/migrate/compatibility/statement-record.js';
import { createApiSchema } from '../../../src/schema.js';
import { createCaller, startTestApp, type TestApp } from '../../support/app.js';
import { connected } from '../../support/server.js';
import { compileStatements } from './compile.js';
import { type KnownIds, ReadOperations } from './read-operations.js';
import { ofTheTest, StatementRecorder } from './recorder.js';
import { fillShop, type Shop } from './scenario.js';

/** What works beside requests, or before each, with what its statements look like. */
const besideRequests: Record<string, RegExp> = {
  'every request': /as "sessionId"|as schema, t\."state" as state\s+from "platform"\."tenants" t where (?!\()/,
  'heartbeat of a process': /^(with buried as .*insert into|delete from) platform\.instances/s,
  'delivery of webhooks':
    /^with due as .*"webhook_deliveries" c|^update "\w+"\."webhook_deliveries" set "state" = \$3::text|^select t\."schema" as schema from "platform"\."tenants"/s,
  'sending of mails': /^with due as .*"mails" c|^update "platform"\."mails" set "state" = \$3::text/s,
  'making of registered shops': /"state" = 'PROVISIONING' and "\w+"\."registration" is not null/,
  'Subscription.orderChanged': /"action" <> 'IMPORTED'\s+order by/,
};

const housekeeping = 'housekeeping';

/** Those of which nothing is run again with its values, since it comes at any time. */
const besides = new Set([...Object.keys(besideRequests), housekeeping]);

const settings = {
  TOKEN_SECRETS: 'a secret of both servers that is long enough',
  SMTP_URL: 'smtp://127.0.0.1:1',
  WEBHOOK_ATTEMPTS: '1',
  OPEN_REGISTRATION: 'true',
  QUERY_MAX_COST: '1000000000',
  QUERY_MAX_DEPTH: '30',
};

/** Records the statements of each field of the schema, with plans and without, and of what works beside requests. */
export async function recordStatements(): Promise<StatementRecord> {
  const recorder = new StatementRecorder(ownerOf);
  const app = await startTestApp({ data: 'empty', settings });
  try {
    // Those that stand there were added before anything was recorded.
    await app.database.query('truncate users, platform.users cascade');
    await recorder.during('pier2 users', () => connected(app.database.url, client => seedSampleUsers(client)));
    const shop = await fillShop({ app, recorder });
    await sendQueries(app.url, shop, recorder, true);
    await sendQueriesWithoutPlans(app, shop, recorder);
    await subscribe(app, shop, recorder);
    await keepHouse(app, recorder);
    while (Object.keys(besideRequests).some(name => !recorder.sent.some(({ operation }) => operation === name))) {
      await sleep(50);
    }
  } finally {
    recorder.close();
    await app.close();
  }
  const { platform, tenant } = await readBuild();
  return {
    platform: platform.map(({ name }) => name),
    tenant: tenant.map(({ name }) => name),
    ...(await compileStatements(recorder.sent, besides)),
  };
}

function ownerOf(sql: string): string | undefined {
  return Object.keys(besideRequests).find(name => besideRequests[name]!.test(sql));
}

async function sendQueries(
  url: string,
  { owner, operator, registration }: Shop,
  recorder: StatementRecorder,
  variations: boolean,
): Promise<void> {
  const schema = await createApiSchema();
  const callerFor = (query: string) => createCaller(url, /^{ tenant/.test(query) ? operator.headers : owner.headers);
  const ids: Map<string, string> & KnownIds = new Map([['TenantRegistration', registration]]);
  for (const query of new ReadOperations(schema).idQueries()) {
    const answer = JSON.stringify(await callerFor(query).ask(query));
    const [, id, type] = /"id":"(([A-Za-z]+)_[^"]+)"/.exec(answer) ?? [];
    if (id === undefined) {
      throw new Error(`There should be an object for ${query}, and there is ${answer}.`);
    }
    ids.set(type!, id);
  }
  for (const { operation, query } of new ReadOperations(schema, ids).all(variations)) {
    await recorder.during(operation, () => callerFor(query).ask(query));
  }
}

/** By the resolvers and their loaders, which also read what mutations answer. */
async function sendQueriesWithoutPlans(app: TestApp, shop: Shop, recorder: StatementRecorder): Promise<void> {
  const { url } = app.database;
  const config = loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: url, READ_PLANS: 'false', ...settings });
  const resolvers = await startApp(config, url);
  await sendQueries(resolvers.url, shop, recorder, false).finally(() => resolvers.close());
}

/** Listens to changes of orders until it is told of one. */
async function subscribe({ url, database }: TestApp, { owner }: Shop, recorder: StatementRecorder): Promise<void> {
  const client = createClient({ url: `${url}/graphql/stream`, headers: owner.headers, retryAttempts: 0 });
  const answers = client.iterate({ query: 'subscription { orderChanged { order { id status } } }' });
  let told = false;
  await recorder.during('Subscription.orderChanged', async () => {
    const answer = answers.next().then(() => (told = true));
    for (let version = 100; !told; version += 1) {
      await database.query(`${ofTheTest} insert into history (id, subject_type, subject, version, actor, action, changes)
        select gen_random_uuid(), 'ORDER', id, ${version}, 'ford', 'STARTED', '[]' from orders order by placed_at limit 1`);
      await Promise.race([answer, sleep(100)]);
    }
  });
  await answers.return?.();
  client.dispose();
}

async function keepHouse({ database: { url } }: TestApp, recorder: StatementRecorder): Promise<void> {
  const options = { url, poolMax: 1, statementTimeout: 10_000, entities: platformEntities };
  const orm = await MikroORM.init(runtimeOptions(options));
  const reads = ReadPool.of(orm);
  await recorder.during(housekeeping, () =>
    new Housekeeping(reads.reader('platform'), pino({ enabled: false })).clean(),
  );
  await orm.close(true);
}
