import { Field, ID, InputType, Int } from 'type-graphql';
import { AddressInput } from '../addresses/address.inputs.js';
import { versionInput } from '../graphql/object-input.js';
import { AddressKind } from './customer.entity.js';
import type { CustomerValues } from './customer.service.js';

const email = 'Email address; unique regardless of case.';
const telephone = 'Telephone number; unique regardless of punctuation.';

/** A person who becomes known. */
@InputType({ description: 'A person who becomes known, by an email address, a telephone number or both.' })
export class CreateCustomerInput implements CustomerValues {
  @Field(() => String, { nullable: true, description: email })
  email?: string | null;

  @Field(() => String, { nullable: true, description: telephone })
  telephone?: string | null;

  @Field(() => String, { nullable: true, description: 'Given name. It or the family name is needed.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: 'Family name. It or the given name is needed.' })
  lastName?: string | null;
}

/** What of a customer is changed. */
@InputType({
  description: 'What of a customer is changed. What is left out stays as it is; null takes a contact away.',
})
export class UpdateCustomerInput extends versionInput('customer', 'changed') implements CustomerValues {
  @Field(() => String, { nullable: true, description: email })
  email?: string | null;

  @Field(() => String, { nullable: true, description: telephone })
  telephone?: string | null;

  @Field(() => String, { nullable: true, description: 'Given name.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: 'Family name.' })
  lastName?: string | null;
}

/** A person who may be known. */
@InputType({
  description: 'A person who may be known: found by email or telephone and changed, else made. What is left out stays.',
})
export class UpsertCustomerInput implements CustomerValues {
  @Field(() => String, { nullable: true, description: email })
  email?: string | null;

  @Field(() => String, { nullable: true, description: telephone })
  telephone?: string | null;

  @Field(() => String, { nullable: true, description: 'Given name.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: 'Family name.' })
  lastName?: string | null;
}

/** An address that a customer uses from now on. */
@InputType({ description: 'An address that a customer uses from now on.' })
export class AddCustomerAddressInput {
  @Field(() => ID, { description: 'The customer’s id.' })
  customerId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is changed.',
  })
  expectedVersion?: number | null;

  @Field(() => AddressKind, { description: 'What the address is used for.' })
  kind!: AddressKind;

  @Field(() => AddressInput, { description: 'The address.' })
  address!: AddressInput;
}

/** An address that a customer no longer uses. */
@InputType({ description: 'An address that a customer no longer uses.' })
export class RemoveCustomerAddressInput {
  @Field(() => ID, { description: 'The customer’s id.' })
  customerId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is changed.',
  })
  expectedVersion?: number | null;

  @Field(() => ID, { description: 'The address’s id.' })
  addressId!: string;

  @Field(() => AddressKind, { nullable: true, description: 'What it is no longer used for; anything without it.' })
  kind?: AddressKind | null;
}
