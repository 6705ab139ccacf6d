import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { answer, payloadType } from '../graphql/mutation.js';
import { INHERITED, Requires } from '../graphql/requires.js';
import { Permission } from '../permissions.js';
import { ChangePasswordInput, RequestPasswordResetInput, ResetPasswordInput } from './account.inputs.js';
import { changePassword } from './change-password.js';
import { forgetUser } from './forget-user.js';
import { requestPasswordReset, resetPassword } from './reset-password.js';

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `changePassword` answers.' })
class ChangePasswordPayload extends payloadType('ChangePassword', {}) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the password is the new one.' })
  passwordChanged?: boolean;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `requestPasswordReset` answers.' })
class RequestPasswordResetPayload extends payloadType('RequestPasswordReset', {}) {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the request was taken. A mail is sent when there is such an account, which this does not tell.',
  })
  requested?: boolean;
}

@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What `resetPassword` answers.' })
class ResetPasswordPayload extends payloadType('ResetPassword', {}) {
  @Field(() => Boolean, { nullable: true, description: 'Whether the password is the new one; sign in with it.' })
  passwordChanged?: boolean;
}

@Resolver()
export class AccountResolver {
  @Requires(Permission.OWN_ACCOUNT)
  @Mutation(() => ChangePasswordPayload, { description: 'Changes one’s own password, and ends one’s other sessions.' })
  changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The passwords.' }) input: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ) {
    return done('passwordChanged', async () => {
      await changePassword(context, input.currentPassword, input.newPassword);
      forgetUser(context, context.viewer.user!.id);
    });
  }

  @Requires(Permission.PUBLIC)
  @Mutation(() => RequestPasswordResetPayload, {
    description:
      'Asks for a mail with a token for `resetPassword`. It is answered alike whether there is such an account or not.',
  })
  requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'Whose password.' }) input: RequestPasswordResetInput,
    @Ctx() context: RequestContext,
  ) {
    return done('requested', () => requestPasswordReset(context, input.email));
  }

  @Requires(Permission.PUBLIC)
  @Mutation(() => ResetPasswordPayload, {
    description: 'Chooses another password by a token that was mailed, and ends all sessions of the account.',
  })
  resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the password.' }) input: ResetPasswordInput,
    @Ctx() context: RequestContext,
  ) {
    return done('passwordChanged', async () => {
      forgetUser(context, await resetPassword(context, input.token, input.password));
    });
  }
}

/** Answers that something was done, or why not. */
function done<Name extends string>(name: Name, work: () => Promise<void>) {
  return answer(
    async () => {
      await work();
      return { [name]: true };
    },
    async () => ({}),
  );
}
