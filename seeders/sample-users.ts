import type pg from 'pg';
import { addUser, type NewUser } from '../src/auth/add-user.js';
import { defaultTenantSchema, platformSchema } from '../src/database/schemas.js';
import { Role } from '../src/permissions.js';

/** The password of all sample users. */
export const samplePassword = 'dont-panic-42';

/** One user for each role. They are seeded in development alone, since everybody knows their password. */
export const sampleUsers: Record<Role, Omit<NewUser, 'role' | 'password'>> = {
  OWNER: { email: 'owner@pier2.example', name: 'Zaphod Beeblebrox' },
  MANAGER: { email: 'manager@pier2.example', name: 'Trillian Astra' },
  CLERK: { email: 'clerk@pier2.example', name: 'Arthur Dent' },
  ANALYST: { email: 'analyst@pier2.example', name: 'Marvin' },
  OPERATOR: { email: 'operator@pier2.example', name: 'Slartibartfast' },
};

/** Adds those sample users who are not there: the operator to the platform, the others to a tenant. */
export async function seedSampleUsers(client: pg.ClientBase, schema = defaultTenantSchema): Promise<void> {
  for (const role of Object.values(Role)) {
    const user = { ...sampleUsers[role], role, password: samplePassword };
    await addUser(client, role === Role.OPERATOR ? platformSchema : schema, user);
  }
}
