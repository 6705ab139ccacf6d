import { ProblemCode, Problems } from '../problems.js';
import { Role } from '../permissions.js';
import type { ViewerUser } from '../viewer.js';

/**
 * The roles of those whom somebody may invite, change and deactivate, and that they may give: so nobody gives more than
 * they have. Who is not named here manages nobody. Operators are of the platform and the others of shops, so neither ever
 * gives a role of the other.
 */
const managedBy: Partial<Record<Role, readonly Role[]>> = {
  OWNER: [Role.OWNER, Role.MANAGER, Role.CLERK, Role.ANALYST],
  MANAGER: [Role.CLERK, Role.ANALYST],
  OPERATOR: [Role.OPERATOR],
};

/** The roles without whose holders nobody could manage the others. */
export const topRoles: readonly Role[] = [Role.OWNER, Role.OPERATOR];

/**
 * Refuses what somebody's role does not reach.
 * @param field where the role stands in the input, or what says whom it is about
 * @throws RefusedInput ROLE_NOT_ALLOWED
 */
export function checkManages(
  viewer: Pick<ViewerUser, 'role'>,
  managed: Role,
  field: string,
  currentKey?: string,
): void {
  const problems = new Problems();
  reportUnmanaged(problems, viewer, managed, field);
  problems.throwIfAny(currentKey);
}

/** Reports a role that somebody's own does not reach. */
export function reportUnmanaged(
  problems: Problems,
  viewer: Pick<ViewerUser, 'role'>,
  managed: Role,
  field: string,
): void {
  const roles = managedBy[viewer.role] ?? [];
  if (!roles.includes(managed)) {
    const reach = roles.length > 0 ? `only those of the role ${roles.join(', ')}` : 'nobody';
    const message = `The role ${viewer.role} manages ${reach}, and not ${managed}.`;
    problems.add(ProblemCode.ROLE_NOT_ALLOWED, field, message);
  }
}
