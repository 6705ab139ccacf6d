import { Field, InputType } from 'type-graphql';

/** How somebody signs in. */
@InputType({ description: 'How somebody signs in.' })
export class LoginInput {
  @Field(() => String, { description: 'Their email address, in either case.' })
  email!: string;

  @Field(() => String, { description: 'Their password.' })
  password!: string;
}

/** How a session gets new tokens. */
@InputType({ description: 'How a session gets new tokens.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The session’s latest refresh token, which is used up by this.' })
  refreshToken!: string;
}
