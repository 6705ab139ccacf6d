import { Field, ID, InterfaceType } from 'type-graphql';
import { INHERITED, Requires } from './requires.js';

/** What has an id that is unique over all types, so that clients can cache it and ask for it again by `node`. */
@Requires(INHERITED)
@InterfaceType({
  description: 'An object with an id that is unique over all types.',
  resolveType: (value: { __typename: string }) => value.__typename,
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque and unique over all types; give it to `node` to get the object again.' })
  readonly id!: string;
}
