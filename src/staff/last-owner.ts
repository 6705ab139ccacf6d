import { topRoles } from '../auth/managed-roles.js';
import { User, UserState } from '../auth/user.entity.js';
import type { Transaction } from '../database/transactions.js';
import { ProblemCode, refused } from '../problems.js';

/**
 * The keys of those who manage all others, locked until the end of the transaction. Who is about to make them fewer asks
 * for this first, before any lock of one user: so of two who try at once the second waits, and sees what the first left.
 */
export async function lockOwners({ reader }: Transaction): Promise<string[]> {
  const users = reader.table(User);
  const u = (name: keyof User) => `u.${users.column(name)}`;
  const rows = await reader.run<{ id: string }>(
    `select ${u('id')} as id from ${users.name} u where ${u('role')} = any($1::text[]) and ${u('state')} = '${UserState.ACTIVE}'
     order by ${u('id')} for update`,
    [topRoles],
  );
  return rows.map(({ id }) => id);
}

/**
 * Refuses to take the last of them away, since nobody could bring one back.
 * @throws RefusedInput LAST_OWNER
 */
export function checkNotLast(owners: readonly string[], { id, role }: User, field: string): void {
  if (owners.length === 1 && owners[0] === id) {
    const message = `Nobody else is an active ${role}; make somebody else one first.`;
    throw refused(ProblemCode.LAST_OWNER, field, message, id);
  }
}
