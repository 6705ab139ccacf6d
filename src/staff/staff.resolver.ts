import { Planned } from '../plans/planned.js';
import { byKey, page } from '../plans/planners.js';
import { Arg, Args, ArgsType, Ctx, Field, ID, Query, Resolver } from 'type-graphql';
import { User, UserState } from '../auth/user.entity.js';
import { userById } from '../auth/user.loaders.js';
import type { RequestContext } from '../context.js';
import { readPage, SortDirection } from '../database/list.js';
import { keyOf } from '../graphql/global-id.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Requires } from '../graphql/requires.js';
import { Permission, Role } from '../permissions.js';
import { userList } from './user.list.js';

const UserConnection = connectionType(User, 'User');

@ArgsType()
class UsersArgs extends PageArgs {
  @Field(() => UserState, { nullable: true, description: 'Only users in this state; all without it.' })
  state?: UserState | null;

  @Field(() => Role, { nullable: true, description: 'Only users of this role; all without it.' })
  role?: Role | null;

  @Field(() => SortDirection, { description: 'The direction to sort by name in.' })
  direction: SortDirection = SortDirection.ASC;
}

function toUsersRequest(args: UsersArgs) {
  const { direction, state, role } = args;
  const filter = { state: state ?? undefined, role: role ?? undefined };
  return { page: toPageRequest(args), sort: 'NAME', direction, filter } as const;
}

@Resolver()
export class StaffResolver {
  @Requires(Permission.USERS_READ)
  @Planned(byKey<{ id: string }>(userById, ({ id }) => keyOf('User', id)))
  @Query(() => User, { nullable: true, description: 'A user by id; null when there is none.' })
  user(@Arg('id', () => ID, { description: 'The user’s id.' }) id: string, @Ctx() { loaders }: RequestContext) {
    return loaders.load(userById, keyOf('User', id));
  }

  @Requires(Permission.USERS_READ)
  @Planned(page(userList, toUsersRequest))
  @Query(() => UserConnection, { description: 'All users of the shop, by name.' })
  users(@Args(() => UsersArgs) args: UsersArgs, @Ctx() { reader }: RequestContext) {
    return readPage(reader, userList, toUsersRequest(args));
  }
}
