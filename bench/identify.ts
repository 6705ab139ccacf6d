/**
 * Measures what tenancy, sign-in and permissions cost a request beside its query: the processor's time of this process for
 * finding the tenant and the viewer of a request with a token, and for checking the permissions of a query with five levels.
 * On the embedded server, in .pier2/bench-postgres.
 *
 *     NODE_ENV=production node --import @oxc-node/core/register bench/identify.ts
 */
import { MikroORM } from '@mikro-orm/postgresql';
import { parse } from 'graphql';
import pino from 'pino';
import { AccessTokens } from '../src/auth/access-tokens.js';
import { Viewers } from '../src/auth/viewers.js';
import { projectFolder } from '../src/project-folder.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { ensureDatabase } from '../src/database/ensure-database.js';
import { Notifications } from '../src/database/notifications.js';
import { runtimeOptions } from '../src/database/orm.options.js';
import { ReadPool } from '../src/database/reader.js';
import { withClient } from '../src/database/with-client.js';
import { platformEntities, tenantEntities } from '../src/entities.js';
import { variantOf } from '../src/graphql/operation-variants.js';
import { checkPermissions } from '../src/graphql/permission-check.js';
import { Identification } from '../src/identify.js';
import { migrateAndSeed } from '../src/migrate/at-start.js';
import { createApiSchema } from '../src/schema.js';
import { TenantRegistry } from '../src/tenancy/registry.js';

const rounds = 20_000;

const query = parse(`{ orders(first: 50) { nodes { id status placedAt total { amount currencyCode }
  customer { id firstName lastName email } store { id name }
  billingAddress { line1 city zipCode country { name } } shippingAddresses { line1 city zipCode }
  items { quantity productName lineTotal { amount } product { sku name } } } pageInfo { hasNextPage endCursor } totalCount } }`);

const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const url = server.url('identify_bench');
await ensureDatabase(url);
await migrateAndSeed(url, { seed: true, users: true });
const orm = await MikroORM.init(
  runtimeOptions({ url, poolMax: 5, statementTimeout: 30_000, entities: [...platformEntities, ...tenantEntities] }),
);
const notifications = new Notifications(url, pino({ level: 'silent' }));
const reads = ReadPool.of(orm);
const tokens = new AccessTokens(undefined, 60);
const identification = new Identification(
  new TenantRegistry(reads, notifications),
  new Viewers(reads, notifications, false),
  tokens,
  true,
);
notifications.start();
const schema = await createApiSchema();

/** Headers of as many people as there are, each with a session of their own. */
async function signIn(people: number): Promise<{ authorization: string; host: string }[]> {
  const sessions = await withClient(url, async client => {
    const { rows } = await client.query<{ id: string }>(
      `insert into sessions (id, user_id, expires_at)
       select gen_random_uuid(), (select id from users where role = 'OWNER'), now() + interval '1 day'
       from generate_series(1, $1) returning id`,
      [people],
    );
    return rows;
  });
  const tenant = '01941f29-7c00-7000-8000-000000000001';
  return Promise.all(
    sessions.map(async ({ id }) => ({
      authorization: `Bearer ${(await tokens.sign({ tenant, session: id })).token}`,
      host: 'shop.example',
    })),
  );
}

/** Microseconds of the processor for one call. */
async function cost(call: (round: number) => unknown): Promise<string> {
  await repeat(5_000, call);
  const before = process.cpuUsage();
  await repeat(rounds, call);
  const { user, system } = process.cpuUsage(before);
  return `${((user + system) / rounds).toFixed(1)} us`;
}

/** Lets the connection that listens to the database have its turn now and then, as between requests. */
async function repeat(times: number, call: (round: number) => unknown): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    await call(round);
    if (round % 100 === 0) {
      await new Promise(setImmediate);
    }
  }
}

const client = { address: '127.0.0.1', userAgent: undefined };
const [one] = await signIn(1);
const many = await signIn(1000);
const { viewer } = await identification.of(one!, client);
console.table({
  'tenant and viewer, one session': await cost(() => identification.of(one!, client)),
  'tenant and viewer, 1,000 sessions in turn': await cost(round =>
    identification.of(many[round % many.length]!, client),
  ),
  'tenant alone, nobody signed in': await cost(() => identification.of({ host: 'shop.example' }, client)),
  'permissions of a query with 30 fields': await cost(() =>
    checkPermissions(schema, variantOf(query, undefined, {}), viewer),
  ),
});
await notifications.close();
await orm.close(true);
await server.release();
