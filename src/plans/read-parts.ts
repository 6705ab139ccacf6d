import { getNamedType, type GraphQLObjectType, isNonNullType, locatedError } from 'graphql';
import { writeObject } from './json-object.js';
import type { SelectedField } from './selection.js';
import { Unplanned } from './unplanned.js';
import type { RootRead } from './write-root.js';

/** Reads an object without a row: what is asked for of it, all at the same time. */
export function readParts(field: SelectedField, write: (part: SelectedField) => RootRead): RootRead {
  const type = getNamedType(field.type) as GraphQLObjectType;
  const openers = field.openers(type);
  const reads = field.below(type).map(part => (part.definition ? readPart(field, part, write(part)) : nameOf(type)));
  return async reader => writeObject(openers, await Promise.all(reads.map(read => read(reader))), 0);
}

function nameOf({ name }: GraphQLObjectType): RootRead {
  return () => Promise.resolve(JSON.stringify(name));
}

/** Reads one field of the object, which gives an error the place of that field. */
function readPart(field: SelectedField, part: SelectedField, read: RootRead): RootRead {
  if (!isNonNullType(part.type)) {
    throw new Unplanned(`${part.name} can be null, which an error would have to make it alone.`);
  }
  return reader =>
    read(reader).catch((error: unknown) => {
      throw locatedError(error, part.nodes, [field.key, part.key]);
    });
}
