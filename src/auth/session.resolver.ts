import { Planned } from '../plans/planned.js';
import { pageOf, pageShape } from '../plans/planners.js';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { SortDirection } from '../database/list.js';
import type { Row } from '../database/row.js';
import { keyOf } from '../graphql/global-id.js';
import { mutate, payloadType } from '../graphql/mutation.js';
import { connectionType, PageArgs, toPageRequest } from '../graphql/paging.js';
import { Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { RevokeSessionInput } from './account.inputs.js';
import { forgetUser } from './forget-user.js';
import { revokeSession } from './revoke-session.js';
import { Session } from './session.entity.js';
import { sessionsOfUser } from './session.list.js';
import { User } from './user.entity.js';
import { sessionById } from './user.loaders.js';

const SessionConnection = connectionType(Session, 'Session');
const RevokeSessionPayload = payloadType('RevokeSession', { session: Session });

@ArgsType()
class SessionsArgs extends PageArgs {
  @Field(() => SortDirection, { description: 'The direction to sort in; newest first without it.' })
  direction: SortDirection = SortDirection.DESC;
}

@Resolver(() => Session)
export class SessionResolver {
  @Requires(Permission.OWN_ACCOUNT)
  @Planned<SessionsArgs>(({ writer, context }, args) =>
    pageShape(sessionsOfUser.list, toSessionsRequest(args), {
      relation: sessionsOfUser.relation,
      key: writer.parameter(context.viewer.user!.id, 'uuid'),
    }),
  )
  @Query(() => SessionConnection, {
    description: 'One’s own sessions, newest first; those that are over are kept for a month.',
  })
  sessions(@Args(() => SessionsArgs) args: SessionsArgs, @Ctx() context: RequestContext) {
    return context.loaders.load(sessionsOfUser, context.viewer.user!.id, toSessionsRequest(args));
  }

  @Planned(({ writer, context, column }) => ({
    kind: 'value',
    sql: `${column('id')} is not distinct from ${writer.parameter(context.viewer.user?.sessionId ?? null, 'uuid')}`,
  }))
  @FieldResolver(() => Boolean, { description: 'Whether the request is sent in it.' })
  isCurrent(@Root() { id }: Row<Session>, @Ctx() { viewer }: RequestContext) {
    return id === viewer.user?.sessionId;
  }

  @Requires(Permission.OWN_ACCOUNT)
  @Mutation(() => RevokeSessionPayload, {
    description: 'Ends a session of one’s own, or of somebody whom one may manage.',
  })
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which session.' }) input: RevokeSessionInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('Session', input.id);
    let owner: string | undefined;
    const payload = await mutate(context, 'session', sessionById, async transaction => {
      owner = await revokeSession(transaction, context.viewer, key);
      return key;
    });
    if (owner !== undefined) {
      forgetUser(context, owner);
    }
    return payload;
  }
}

/** Where somebody has signed in. */
@Resolver(() => User)
export class UserSessionsResolver {
  @Requires(Permission.USERS_MANAGE)
  @Planned(pageOf(sessionsOfUser, toSessionsRequest))
  @FieldResolver(() => SessionConnection, { description: 'Where they have signed in, newest first.' })
  sessions(
    @Root() { id }: Row<User>,
    @Args(() => SessionsArgs) args: SessionsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.load(sessionsOfUser, id, toSessionsRequest(args));
  }
}

function toSessionsRequest(args: SessionsArgs) {
  return { page: toPageRequest(args), sort: 'CREATED_AT', direction: args.direction, filter: undefined } as const;
}
