import type pg from 'pg';
import { load } from '../seeders/load/load.js';
import { AccessTokens } from '../src/auth/access-tokens.js';
import { withClient } from '../src/database/with-client.js';
import type { Request, Started } from './contender.js';
import { pier2, signIn, tokenSecret } from './contenders/pier2.js';
import { ask, requestsFor } from './requests.js';
import { queries, type QueryName } from './queries.js';

/** A shop, and the headers with which its owner asks the API. */
export interface Tenant {
  schema: string;
  headers: Record<string, string>;
}

/** Requests to each tenant at the most, since a thousand tenants have many together. */
const requestsOfEach = 30;

/**
 * Makes as many tenants as are missing, by the API's own mutation, each with a data set made by `seed:load`, and gives
 * them with an owner of each who has signed in. What stands is kept.
 */
export async function prepareTenants(
  databaseUrl: string,
  server: Started,
  { tenants: count, orders }: { tenants: number; orders: number },
): Promise<Tenant[]> {
  const platform = { 'x-tenant': 'platform' };
  const operator = { ...platform, authorization: `Bearer ${await signIn(server.origin, platform)}` };
  const tokens = new AccessTokens([tokenSecret], 1440);
  return withClient(databaseUrl, async client => {
    const tenants: Tenant[] = [];
    for (let number = 1; number <= count; number += 1) {
      const name = `bench-${number}`;
      if (!(await findTenant(client, name))) {
        await ask({ ...server, headers: operator }, createTenant(name));
      }
      const { id, schema } = (await findTenant(client, name))!;
      const { rowCount } = await client.query(`select from ${schema}.orders limit 1`);
      if (rowCount === 0) {
        await load(client, { orders, randomSeed: number, schema });
      }
      const { token } = await tokens.sign({ tenant: id, session: await beginSession(client, schema) });
      tenants.push({ schema, headers: { 'x-tenant': name, authorization: `Bearer ${token}` } });
      if (number % 10 === 0) {
        console.log(`${number} of ${count} tenants stand.`);
      }
    }
    return tenants;
  });
}

async function findTenant(client: pg.Client, name: string): Promise<{ id: string; schema: string } | undefined> {
  const { rows } = await client.query<{ id: string; schema: string }>(
    `select id, schema from platform.tenants where name = $1 and state = 'ACTIVE'`,
    [name],
  );
  return rows[0];
}

function createTenant(name: string): Request {
  const query = `mutation ($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { message } } }`;
  return { path: '/graphql', body: JSON.stringify({ query, variables: { input: { name } } }) };
}

/** A session of the tenant's owner, written into the tables: to sign in would take a tenth of a second each. */
async function beginSession(client: pg.Client, schema: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `with owner as (
       insert into ${schema}.users (id, email, name, role, state, password_hash)
       values (gen_random_uuid(), 'owner@bench.example', 'Agrajag', 'OWNER', 'ACTIVE', '')
       on conflict (lower(email collate "und-x-icu")) do update set name = excluded.name returning id)
     insert into ${schema}.sessions (id, user_id, expires_at)
     select gen_random_uuid(), id, now() + interval '1 day' from owner returning id`,
  );
  return rows[0]!.id;
}

/** The requests for a query to all tenants, each to another tenant than the one before. */
export async function requestsToTenants(
  databaseUrl: string,
  server: Started,
  query: QueryName,
  tenants: readonly Tenant[],
): Promise<Request[]> {
  const all: Request[][] = [];
  await withClient(databaseUrl, async client => {
    for (const { schema, headers } of tenants) {
      await client.query(`select set_config('search_path', $1, false)`, [schema]);
      const values = await queries[query].values(client);
      const ofTenant = { ...server, headers };
      const requests = await requestsFor(pier2, ofTenant, query, queries[query], values, requestsOfEach);
      all.push(requests.map(request => ({ ...request, headers })));
    }
  });
  return Array.from({ length: requestsOfEach }, (_, number) =>
    all.flatMap(requests => requests.slice(number, number + 1)),
  ).flat();
}
