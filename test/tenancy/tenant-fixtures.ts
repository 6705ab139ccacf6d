import { addUser } from '../../src/auth/add-user.js';
import { Role } from '../../src/permissions.js';
import { samplePassword } from '../../seeders/sample-users.js';
import { type Caller, signIn, type TestApp } from '../support/app.js';
import { connected } from '../support/server.js';

/** A tenant of a test's own. */
export interface TestTenant {
  id: string;
  name: string;
  schema: string;
  /** Its owner, signed in, whose requests name the tenant. */
  owner: Caller;
}

/** Makes a tenant as the platform's operator does, and signs an owner in to it. */
export async function makeTenant(
  app: TestApp,
  name: string,
  { seed = false, hosts = [] as string[] } = {},
): Promise<TestTenant> {
  const operator = await app.as(Role.OPERATOR);
  const { tenant, userErrors } = await operator.change('createTenant', { name, seed, hosts }, 'tenant { id schema }');
  if (!tenant) {
    throw new Error(`The tenant was not made: ${JSON.stringify(userErrors)}`);
  }
  return { id: tenant.id, name, schema: tenant.schema, owner: await addOwner(app, name, tenant.schema) };
}

/** Adds an owner to a tenant, and signs them in. */
export async function addOwner(app: TestApp, name: string, schema: string): Promise<Caller> {
  const email = `owner@${schema.replaceAll('_', '-')}.example`;
  await connected(app.database.url, client =>
    addUser(client, schema, { email, name: 'Owner', role: Role.OWNER, password: samplePassword }),
  );
  const header = { 'x-tenant': Buffer.from(name).toString('latin1') };
  return app.caller({ ...header, ...(await signIn(app.caller(header), email)) });
}
