import { Planned } from '../plans/planned.js';
import { byKey } from '../plans/planners.js';
import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { answer, payloadType, write } from '../graphql/mutation.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { forgetUser } from './forget-user.js';
import { endSessions, invalidRefreshToken, type OpenSession, renewSession } from './sessions.js';
import { LoginInput, RefreshSessionInput } from './sign-in.inputs.js';
import { signIn } from './sign-in.js';
import { User } from './user.entity.js';
import { userById } from './user.loaders.js';

/** The tokens of a session that was begun or renewed. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'The tokens of a session that was begun or renewed.' })
export class SessionPayload extends payloadType('Session', {}) {
  @Field(() => String, {
    nullable: true,
    description: 'Send it with each request, in the header `authorization: Bearer …`.',
  })
  accessToken?: string;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the access token expires.' })
  accessTokenExpiresAt?: Date;

  @Field(() => String, {
    nullable: true,
    description: 'Give it to `refreshSession` once, for new tokens. Keep it where no script of others reads it.',
  })
  refreshToken?: string;

  // Whoever has just signed in may see who they are.
  @Requires(INHERITED, { opens: [Permission.USERS_READ] })
  @Field(() => User, { nullable: true, description: 'Who has signed in.' })
  user?: object | null;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `logout` answers.' })
class LogoutPayload extends payloadType('Logout', {}) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the session is over.' })
  loggedOut?: boolean;
}

@Resolver()
export class SignInResolver {
  @Requires(Permission.PUBLIC)
  @Mutation(() => SessionPayload, {
    description:
      'Signs somebody in to the shop that the request is for. Wrong passwords are answered alike whether there is such an account or not, and too many of them are refused for some minutes.',
  })
  login(@Arg('input', () => LoginInput, { description: 'Who.' }) input: LoginInput, @Ctx() context: RequestContext) {
    return answer(
      async () => tokensOf(context, await signIn(context, input.email, input.password)),
      async () => ({}),
    );
  }

  @Requires(Permission.PUBLIC)
  @Mutation(() => SessionPayload, {
    description:
      'Gives a session new tokens. A refresh token that was used before ends its session, since it may be stolen.',
  })
  refreshSession(
    @Arg('input', () => RefreshSessionInput, { description: 'Which session.' }) input: RefreshSessionInput,
    @Ctx() context: RequestContext,
  ) {
    return answer(
      async () => {
        const renewed = await write(context, transaction =>
          renewSession(transaction, input.refreshToken, context.accounts.sessionDays),
        );
        if ('reusedOf' in renewed) {
          // Not thrown within the transaction, which has ended the session.
          forgetUser(context, renewed.reusedOf);
          throw invalidRefreshToken();
        }
        return tokensOf(context, renewed);
      },
      async () => ({}),
    );
  }

  @Requires(Permission.OWN_ACCOUNT)
  @Mutation(() => LogoutPayload, { description: 'Ends the session that the request is sent in.' })
  logout(@Ctx() context: RequestContext) {
    const { id, sessionId } = context.viewer.user!;
    return answer(
      async () => {
        await write(context, transaction => endSessions(transaction, id, { id: sessionId }));
        forgetUser(context, id);
        return { loggedOut: true };
      },
      async () => ({}),
    );
  }

  @Requires(Permission.OWN_ACCOUNT, { opens: [Permission.USERS_READ] })
  @Planned((place, args) => byKey(userById, () => place.context.viewer.user!.id)(place, args))
  @Query(() => User, { description: 'Who has signed in.' })
  me(@Ctx() { loaders, viewer }: RequestContext) {
    return loaders.load(userById, viewer.user!.id);
  }
}

/** What somebody gets who has signed in. */
export async function tokensOf(
  { accounts, tenant, loaders }: RequestContext,
  { user, session, refreshToken }: OpenSession,
): Promise<Omit<SessionPayload, 'userErrors'>> {
  const { token, expiresAt } = await accounts.tokens.sign({ tenant: tenant.id, session });
  return {
    accessToken: token,
    accessTokenExpiresAt: expiresAt,
    refreshToken,
    user: await loaders.load(userById, user),
  };
}
