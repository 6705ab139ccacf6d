import { type ClassType, Field, ID, InputType, Int } from 'type-graphql';

/** An input that says which object it is about. */
export interface ObjectInput {
  id: string;
}

/** An input that says which object it is about, and which version of it the caller saw. */
export interface VersionInput extends ObjectInput {
  expectedVersion?: number | null;
}

/** Makes what an input extends that names an object, such as a `task`. */
export function objectInput(object: string): ClassType<ObjectInput> {
  @InputType()
  class NamedObject implements ObjectInput {
    @Field(() => ID, { description: `The ${object}’s id.` })
    id!: string;
  }
  return NamedObject;
}

/** Makes what an input extends by which a version of an object is `changed`, or whatever else is done to it. */
export function versionInput(object: string, done: string): ClassType<VersionInput> {
  @InputType()
  class NamedVersion extends objectInput(object) implements VersionInput {
    @Field(() => Int, {
      nullable: true,
      description: `The version that the caller saw; without it any version is ${done}.`,
    })
    expectedVersion?: number | null;
  }
  return NamedVersion;
}
