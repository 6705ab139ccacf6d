import { Field, ID, InputType, Int } from 'type-graphql';
import { objectInput } from '../graphql/object-input.js';

/** Two customers who are one person. */
@InputType({ description: 'Two customers who are one person.' })
export class MergeCustomersInput {
  @Field(() => ID, { description: 'The customer who stays, and gets orders and addresses.' })
  survivorId!: string;

  @Field(() => ID, { description: 'The customer who is a duplicate from now on.' })
  duplicateId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the survivor that the caller saw; without it any version will do.',
  })
  expectedVersion?: number | null;
}

/** A customer whose personal values are to be erased. */
@InputType({ description: 'A customer whose personal values are to be erased.' })
export class EraseCustomerInput extends objectInput('customer') {
  @Field(() => Boolean, { description: 'Has to be true: it cannot be undone.' })
  confirm!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is erased.',
  })
  expectedVersion?: number | null;
}
