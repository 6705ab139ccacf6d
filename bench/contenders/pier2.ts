import { randomBytes } from 'node:crypto';
import { type Contender, startServer } from '../contender.js';
import { owner } from '../data-set.js';
import { graphqlRequests } from '../graphql-request.js';
import { queryNames, type Values } from '../queries.js';

const request = graphqlRequests('pier2');

/** What access tokens of this run are signed with. */
export const tokenSecret = randomBytes(32).toString('base64');

/** This API in production mode, on what `npm run build` made, asked by an owner who has signed in. */
export const pier2: Contender = {
  name: 'pier2',
  queries: queryNames,
  start: async ({ databaseUrl, poolSize, pier2Folder }) => {
    const started = await startServer('dist/src/main.js', {
      folder: pier2Folder,
      env: {
        DATABASE_URL: databaseUrl,
        DATABASE_POOL_MAX: String(poolSize),
        TOKEN_SECRETS: tokenSecret,
        // A token that lasts as long as a run.
        ACCESS_TOKEN_MINUTES: '1440',
        HOST: '127.0.0.1',
        PORT: '0',
      },
    });
    return { ...started, headers: { authorization: `Bearer ${await signIn(started.origin)}` } };
  },
  request: (query, values) => request(query, variablesOf(values)),
  plain: (_query, data) => data,
};

const typesOfIds: Record<string, string> = { id: 'Order', storeId: 'Store' };

/** The values as variables of the API’s queries. */
export function variablesOf({ customerId, addressId, productIds, ...values }: Values): object {
  if (customerId) {
    const address = { addressId: `Address_${addressId as string}` };
    const items = (productIds as string[]).map(id => ({ productId: `Product_${id}`, quantity: 1 }));
    const customer = { id: `Customer_${customerId as string}` };
    const shipping = { fulfilment: 'SHIPPED', billingAddress: address, shipments: [address] };
    return { input: { customer, currencyCode: 'USD', items, ...shipping } };
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name in typesOfIds ? `${typesOfIds[name]}_${value as string}` : value,
    ]),
  );
}

/** An access token of the owner. */
export async function signIn(origin: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }',
      variables: { input: { email: owner.email, password: owner.password } },
    }),
  });
  const { data } = (await answer.json()) as { data?: { login: { accessToken: string | null } } };
  if (!data?.login.accessToken) {
    throw new Error(`The owner could not sign in: ${JSON.stringify(data)}`);
  }
  return data.login.accessToken;
}
