import { GraphQLScalarType } from 'graphql';

/** A decimal number as text. Only ever sent, so it needs no parser of input. */
export const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'An exact decimal number as text, such as `"42.00"`, so that no client rounds it.',
  serialize: value => value as string,
});
