import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { forgetUser } from '../auth/forget-user.js';
import { SessionPayload, tokensOf } from '../auth/sign-in.resolver.js';
import { User } from '../auth/user.entity.js';
import { userById } from '../auth/user.loaders.js';
import type { RequestContext } from '../context.js';
import type { Transaction } from '../database/transactions.js';
import { keyOf } from '../graphql/global-id.js';
import { answer, mutate, payloadType } from '../graphql/mutation.js';
import { Requires } from '../graphql/requires.js';
import type { AppLink } from '../mail/account-mails.js';
import { Permission } from '../permissions.js';
import { activate } from './activate.js';
import { countInvitation } from './count-invitations.js';
import { deactivateUser, reactivateUser } from './deactivate-user.js';
import { inviteUser } from './invite-user.js';
import {
  ActivateInput,
  DeactivateUserInput,
  InviteUserInput,
  ReactivateUserInput,
  UpdateMeInput,
  UpdateUserInput,
} from './staff.inputs.js';
import { updateMe, updateUser } from './update-user.js';

const InviteUserPayload = payloadType('InviteUser', { user: User });
const UpdateUserPayload = payloadType('UpdateUser', { user: User });
const UpdateMePayload = payloadType('UpdateMe', { user: User });
const DeactivateUserPayload = payloadType('DeactivateUser', { user: User });
const ReactivateUserPayload = payloadType('ReactivateUser', { user: User });

@Resolver()
export class StaffMutationsResolver {
  @Requires(Permission.PUBLIC)
  @Mutation(() => SessionPayload, {
    description: 'Gives somebody who was invited the password that they choose, and signs them in.',
  })
  activate(
    @Arg('input', () => ActivateInput, { description: 'The token and the password.' }) input: ActivateInput,
    @Ctx() context: RequestContext,
  ) {
    return answer(
      async () => tokensOf(context, await activate(context, input.token, input.password, input.name ?? undefined)),
      async () => ({}),
    );
  }

  @Requires(Permission.USERS_MANAGE)
  @Mutation(() => InviteUserPayload, {
    description: 'Invites somebody by mail to work for the shop; somebody who was invited before gets another mail.',
  })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'Who.' }) input: InviteUserInput,
    @Ctx() context: RequestContext,
  ) {
    // What may be left out is not asked for by null either.
    const values = { ...input, timeZone: input.timeZone ?? undefined, language: input.language ?? undefined };
    return mutate(countInvitation(context, input.email), 'user', userById, transaction =>
      inviteUser(transaction, context.viewer.user!, linkOf(context), values),
    );
  }

  @Requires(Permission.USERS_MANAGE)
  @Mutation(() => UpdateUserPayload, { description: 'Changes somebody whom the caller’s role may manage.' })
  updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'What is changed.' }) input: UpdateUserInput,
    @Ctx() context: RequestContext,
  ) {
    const { id, expectedVersion, ...values } = input;
    const key = keyOf('User', id);
    // Who was invited to an address that was wrong is invited again by the right one.
    const counting = values.email ? countInvitation(context, values.email) : context;
    return change(counting, key, transaction =>
      updateUser(transaction, context.viewer.user!, linkOf(context), key, expectedVersion ?? undefined, values),
    );
  }

  @Requires(Permission.OWN_ACCOUNT, { opens: [Permission.USERS_READ] })
  @Mutation(() => UpdateMePayload, { description: 'Changes one’s own name, time zone and language.' })
  updateMe(
    @Arg('input', () => UpdateMeInput, { description: 'What is changed.' }) input: UpdateMeInput,
    @Ctx() context: RequestContext,
  ) {
    const { expectedVersion, ...values } = input;
    return change(context, context.viewer.user!.id, transaction =>
      updateMe(transaction, context.viewer.user!, expectedVersion ?? undefined, values),
    );
  }

  @Requires(Permission.USERS_MANAGE)
  @Mutation(() => DeactivateUserPayload, {
    description: 'Lets somebody sign in no more; their sessions end, and an invitation is withdrawn.',
  })
  deactivateUser(
    @Arg('input', () => DeactivateUserInput, { description: 'Who.' }) input: DeactivateUserInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('User', input.id);
    return change(context, key, transaction =>
      deactivateUser(transaction, context.viewer.user!, key, input.expectedVersion ?? undefined),
    );
  }

  @Requires(Permission.USERS_MANAGE)
  @Mutation(() => ReactivateUserPayload, {
    description: 'Lets somebody who was deactivated sign in again; one who never could is invited again.',
  })
  reactivateUser(
    @Arg('input', () => ReactivateUserInput, { description: 'Who.' }) input: ReactivateUserInput,
    @Ctx() context: RequestContext,
  ) {
    const key = keyOf('User', input.id);
    return change(countInvitation(context, undefined), key, transaction =>
      reactivateUser(transaction, context.viewer.user!, linkOf(context), key, input.expectedVersion ?? undefined),
    );
  }
}

/** Changes a user, and lets it hold with the next request. */
async function change(context: RequestContext, key: string, work: (transaction: Transaction) => Promise<string>) {
  const payload = await mutate(context, 'user', userById, work);
  forgetUser(context, key);
  return payload;
}

/** What mails lead back to. */
function linkOf({ accounts, tenant }: RequestContext): AppLink {
  return { appUrl: accounts.appUrl, tenant: tenant.name };
}
