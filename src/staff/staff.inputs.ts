import { Field, InputType, Int } from 'type-graphql';
import { versionInput } from '../graphql/object-input.js';
import { Role } from '../permissions.js';

const timeZoneDescription = 'Time zone by its IANA name, such as `Europe/London`.';
const languageDescription = 'Language as a BCP 47 tag, such as `en` or `da`.';

/** Somebody who is to work for the shop. */
@InputType({ description: 'Somebody who is to work for the shop.' })
export class InviteUserInput {
  @Field(() => String, { description: 'Email address, by which they will sign in; unique in the shop.' })
  email!: string;

  @Field(() => String, { description: 'Name, as colleagues and the history show it.' })
  name!: string;

  @Field(() => Role, { description: 'What they may do: nothing that the caller may not give.' })
  role!: Role;

  @Field(() => String, { nullable: true, description: `${timeZoneDescription} UTC without it.` })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: `${languageDescription} \`en\` without it.` })
  language?: string | null;
}

/** The password that somebody who was invited chooses. */
@InputType({ description: 'The password that somebody who was invited chooses.' })
export class ActivateInput {
  @Field(() => String, { description: 'The token that the mail brought, which is used up by this.' })
  token!: string;

  @Field(() => String, { description: '10 to 200 characters, such as a few words.' })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Their name, where it is not the one that they were invited by.',
  })
  name?: string | null;
}

/** What of a user is changed. What is left out stays as it is. */
@InputType({ description: 'What of a user is changed. What is left out stays as it is.' })
export class UpdateUserInput extends versionInput('user', 'changed') {
  @Field(() => String, { nullable: true, description: 'Name, as colleagues and the history show it.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Email address, by which they sign in; unique in the shop.' })
  email?: string | null;

  @Field(() => Role, { nullable: true, description: 'What they may do: nothing that the caller may not give.' })
  role?: Role | null;

  @Field(() => String, { nullable: true, description: timeZoneDescription })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: languageDescription })
  language?: string | null;
}

/** What somebody changes of themselves. What is left out stays as it is. */
@InputType({ description: 'What somebody changes of themselves. What is left out stays as it is.' })
export class UpdateMeInput {
  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is changed.',
  })
  expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: 'Name, as colleagues and the history show it.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: timeZoneDescription })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: languageDescription })
  language?: string | null;
}

/** Somebody who can sign in no more. */
@InputType({ description: 'Somebody who can sign in no more.' })
export class DeactivateUserInput extends versionInput('user', 'deactivated') {}

/** Somebody who can sign in again. */
@InputType({ description: 'Somebody who can sign in again.' })
export class ReactivateUserInput extends versionInput('user', 'reactivated') {}
