import type { RequestContext } from '../context.js';

/**
 * Lets what has changed of a user hold with the very next request of this process. PostgreSQL notifies it too, as all
 * others, but a moment after the answer.
 */
export function forgetUser({ accounts, tenant }: RequestContext, user: string): void {
  accounts.forgetUser(tenant.schema, user);
}
