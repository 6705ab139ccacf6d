import pg from 'pg';
import { newId } from '../database/new-id.js';
import { emailKey } from '../email.js';
import type { Role } from '../permissions.js';
import { hashPassword } from './passwords.js';

/** Somebody with a password, who can sign in at once. */
export interface NewUser {
  email: string;
  name: string;
  role: Role;
  password: string;
}

/**
 * Adds a user from outside of the API, where nobody has signed in yet: the first owner, or the sample data.
 * @param schema the tenant's, or `platform` for an operator
 * @returns the user's key; undefined when somebody has this email address already, who stays as they are
 */
export async function addUser(
  client: pg.ClientBase,
  schema: string,
  { email, name, role, password }: NewUser,
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `insert into ${pg.escapeIdentifier(schema)}.users (id, email, name, role, state, password_hash)
     values ($1, $2, $3, $4, 'ACTIVE', $5) on conflict ((${emailKey('email')})) do nothing returning id`,
    [newId(), email, name, role, await hashPassword(password)],
  );
  return rows[0]?.id;
}
