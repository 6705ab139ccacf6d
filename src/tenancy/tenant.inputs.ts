import { Field, InputType } from 'type-graphql';
import { objectInput } from '../graphql/object-input.js';

/** A shop to be made. */
@InputType({ description: 'A shop to be made.' })
export class CreateTenantInput {
  @Field(() => String, { description: 'Its name; unique regardless of case. The schema’s name is made from it.' })
  name!: string;

  @Field(() => [String], { nullable: true, description: 'Host names that lead to it, without a port.' })
  hosts?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is filled with the sample data.' })
  seed?: boolean | null;
}

/** Another name for a shop. */
@InputType({ description: 'Another name for a shop.' })
export class RenameTenantInput extends objectInput('shop') {
  @Field(() => String, { description: 'Its name from now on; unique regardless of case.' })
  name!: string;
}

/** The host names that lead to a shop. */
@InputType({ description: 'The host names that lead to a shop.' })
export class SetTenantHostsInput extends objectInput('shop') {
  @Field(() => [String], { description: 'All host names that lead to it from now on, without a port.' })
  hosts!: string[];
}

/** A shop that is served no more. */
@InputType({ description: 'A shop that is served no more.' })
export class SuspendTenantInput extends objectInput('shop') {}

/** A shop that is served again. */
@InputType({ description: 'A shop that is served again.' })
export class ResumeTenantInput extends objectInput('shop') {}

/** A shop that is removed for good. */
@InputType({ description: 'A shop that is removed for good.' })
export class RemoveTenantInput extends objectInput('shop') {
  @Field(() => String, { description: 'Its name once more, since all of its data will go.' })
  confirmName!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether an archive is written first; it is, without this.' })
  archive?: boolean | null;
}

/** Who registers a shop, and becomes its owner. */
@InputType({ description: 'Who registers a shop, and becomes its owner.' })
export class TenantOwnerInput {
  @Field(() => String, { description: 'Their name.' })
  name!: string;

  @Field(() => String, { description: 'Their email address; a mail with a token for `activate` is sent there.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'Their language as a BCP 47 tag; `en` without it.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'Their time zone by its IANA name; `UTC` without it.' })
  timeZone?: string | null;
}

/** A shop that somebody registers. */
@InputType({ description: 'A shop that somebody registers.' })
export class RegisterTenantInput {
  @Field(() => String, { description: 'The name of the company; unique regardless of case.' })
  companyName!: string;

  @Field(() => TenantOwnerInput, { description: 'Who registers it, and becomes its owner.' })
  owner!: TenantOwnerInput;
}
