import type { UserState } from '../auth/user.entity.js';
import { User } from '../auth/user.entity.js';
import type { List } from '../database/list.js';
import type { Role } from '../permissions.js';

/** What users can be narrowed to. */
export interface UserFilter {
  state: UserState | undefined;
  role: Role | undefined;
}

/** All users, by name. */
export const userList: List<User, UserFilter, 'NAME'> = {
  name: 'users',
  entity: User,
  sorts: { NAME: ['name', 'id'] },
  narrow: (conditions, { state, role }) => {
    conditions.equals('state', state);
    conditions.equals('role', role);
  },
};
