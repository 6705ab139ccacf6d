import { randomInt } from 'node:crypto';
import pg from 'pg';
import { addUser } from '../auth/add-user.js';
import { checkPassword } from '../auth/passwords.js';
import type { UserState } from '../auth/user.entity.js';
import { checkUserValues } from '../auth/user-values.js';
import { newId } from '../database/new-id.js';
import { platformSchema } from '../database/schemas.js';
import { quote } from '../errors.js';
import { Role } from '../permissions.js';
import { ProblemCode, Problems, refused } from '../problems.js';
import { schemaOfTenant } from '../tenancy/schema-of-tenant.js';

/** Whom `pier2 users create-owner` makes. */
export interface FirstUser {
  email: string;
  name: string;
  /** Without it, one is made. */
  password?: string | undefined;
  /** The shop's name; without it, the default tenant. */
  tenant?: string | undefined;
  /** Whether it is an operator of the platform, and of no shop. */
  operator?: boolean | undefined;
}

/** Somebody as a terminal lists them. */
export interface ListedUser {
  name: string;
  email: string;
  role: Role;
  state: UserState;
  lastUsedAt: Date | null;
}

/**
 * Makes an owner of a shop, or an operator of the platform, who can sign in at once: how the first one comes to be, whom
 * nobody can have invited.
 * @returns the password, when it was made here: it is nowhere else
 * @throws RefusedInput with all that is wrong with the values, UNKNOWN_TENANT or EMAIL_TAKEN
 */
export async function createFirstUser(client: pg.ClientBase, user: FirstUser): Promise<string | undefined> {
  const problems = new Problems();
  const { email, name } = checkUserValues(problems, { email: user.email, name: user.name });
  const made = user.password === undefined ? newPassword() : undefined;
  const password = made ?? user.password!;
  checkPassword(problems, 'password', password);
  problems.throwIfAny();
  const schema = user.operator ? platformSchema : await schemaOfTenant(client, user.tenant);
  if (schema === platformSchema && !user.operator) {
    throw refused(ProblemCode.ROLE_NOT_ALLOWED, 'tenant', 'The platform has operators and no owners; use --operator.');
  }
  const role = user.operator ? Role.OPERATOR : Role.OWNER;
  // Who leaves without a commit, since something failed, has done nothing.
  await client.query('begin');
  const added = await addUser(client, schema, { email: email!, name: name!, role, password });
  if (added === undefined) {
    const message = `Somebody has the email address ${quote(email)} already; nothing was changed.`;
    throw refused(ProblemCode.EMAIL_TAKEN, 'email', message);
  }
  await recordAddedUser(client, schema, added);
  await client.query('commit');
  return made;
}

/** Writes into the history that a user was added, without the ORM, which does so elsewhere and takes a second to load. */
async function recordAddedUser(client: pg.ClientBase, schema: string, id: string): Promise<void> {
  const name = pg.escapeIdentifier(schema);
  const { rows } = await client.query<object>(
    `select email, name, role, time_zone as "timeZone", language, state from ${name}.users where id = $1`,
    [id],
  );
  const changes = Object.entries(rows[0]!).map(([field, after]: [string, unknown]) => ({ field, before: null, after }));
  await client.query(
    `insert into ${name}.history (id, subject_type, subject, version, actor, action, changes)
     values ($1, 'USER', $2, 1, 'pier2 users', 'CREATED', $3)`,
    [newId(), id, JSON.stringify(changes)],
  );
}

/**
 * The users of a shop by name; those of the platform under its name.
 * @throws RefusedInput UNKNOWN_TENANT
 */
export async function listUsers(client: pg.ClientBase, tenant: string | undefined): Promise<ListedUser[]> {
  const schema = pg.escapeIdentifier(await schemaOfTenant(client, tenant));
  const { rows } = await client.query<ListedUser>(
    `select u.name, u.email, u.role, u.state, (select max(s.last_used_at) from ${schema}.sessions s where s.user_id = u.id) as "lastUsedAt"
     from ${schema}.users u order by u.name, u.id`,
  );
  return rows;
}

/** Signs that people do not take for one another. */
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password that nobody can guess, about 99 bits, in groups that can be read aloud. */
function newPassword(): string {
  const group = () => Array.from({ length: 5 }, () => signs[randomInt(signs.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}
