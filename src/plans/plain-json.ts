import { getNamedType, type GraphQLLeafType, GraphQLObjectType } from 'graphql';
import { writeObject } from './json-object.js';
import type { SelectedField } from './selection.js';
import { Unplanned } from './unplanned.js';

/** Makes JSON of a field's plain value: of a leaf, or of objects as far as they are asked for. */
export function plainJson(field: SelectedField): (value: unknown) => string {
  const type = getNamedType(field.type);
  const write =
    type instanceof GraphQLObjectType
      ? objectJson(field, type)
      : (value: unknown) => JSON.stringify((type as GraphQLLeafType).serialize(value));
  const writeAny = (value: unknown): string => {
    if (Array.isArray(value)) {
      return `[${value.map(writeAny).join(',')}]`;
    }
    return value === null ? 'null' : write(value);
  };
  return writeAny;
}

function objectJson(field: SelectedField, type: GraphQLObjectType): (value: unknown) => string {
  const openers = field.openers(type);
  const name = JSON.stringify(type.name);
  const writers = field.below(type).map(selected => {
    if (!selected.definition) {
      return () => name;
    }
    if (selected.definition.resolve) {
      throw new Unplanned(`${selected.name} has a resolver.`);
    }
    const write = plainJson(selected);
    return (value: unknown) => write((value as Record<string, unknown>)[selected.name]);
  });
  return value =>
    writeObject(
      openers,
      writers.map(write => write(value)),
      0,
    );
}
