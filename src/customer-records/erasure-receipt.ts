import { Field, Int, ObjectType } from 'type-graphql';
import type { ErasedCounts } from './erase-customer.js';
import { INHERITED, Requires } from '../graphql/requires.js';

/** What was erased of a person. */
@Requires(INHERITED)
@ObjectType({ simpleResolvers: true, description: 'What was erased of a person.' })
export class ErasureReceipt implements ErasedCounts {
  @Field(() => Int, { description: 'Customers without a name and contacts from now on: this one and its duplicates.' })
  customers!: number;

  @Field(() => Int, { description: 'Orders whose addresses were replaced by their zip code and country alone.' })
  orders!: number;

  @Field(() => Int, { description: 'Addresses that nobody else used, and that are gone.' })
  addresses!: number;

  @Field(() => Int, { description: 'Tasks about the person or their orders that lost what was written in them.' })
  tasks!: number;

  @Field(() => Int, { description: 'Entries of histories that personal values were taken out of.' })
  historyEntries!: number;

  @Field(() => Int, { description: 'Idempotency keys of placements that are gone.' })
  idempotencyKeys!: number;
}
