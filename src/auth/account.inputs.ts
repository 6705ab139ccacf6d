import { Field, InputType } from 'type-graphql';
import { objectInput } from '../graphql/object-input.js';

/** A change of one's own password. */
@InputType({ description: 'A change of one’s own password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password until now.' })
  currentPassword!: string;

  @Field(() => String, { description: 'The password from now on: 10 to 200 characters, such as a few words.' })
  newPassword!: string;
}

/** Who has forgotten their password. */
@InputType({ description: 'Who has forgotten their password.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: 'Their email address, in either case.' })
  email!: string;
}

/** Another password for somebody who has forgotten theirs. */
@InputType({ description: 'Another password for somebody who has forgotten theirs.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'The token that the mail brought, which is used up by this.' })
  token!: string;

  @Field(() => String, { description: 'The password from now on: 10 to 200 characters, such as a few words.' })
  password!: string;
}

/** A session that is ended. */
@InputType({ description: 'A session that is ended.' })
export class RevokeSessionInput extends objectInput('session') {}
