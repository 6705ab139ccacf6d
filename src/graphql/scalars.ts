import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** A decimal number as text: digits with at most one point, in front of which a minus may stand. */
const decimal = /^-?\d{1,30}(\.\d{1,10})?$/;

/**
 * A decimal number as text. A number with a point in a variable is refused, since JSON's numbers are rounded before anybody
 * could look; in a query's own text it stands as it was written.
 */
export const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'An exact decimal number as text, such as `"42.00"`, so that no client rounds it.',
  serialize: value => value as string,
  parseValue: value =>
    parse(typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : undefined, value),
  parseLiteral: node =>
    parse(
      node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined,
      'value' in node ? node.value : node.kind,
    ),
});

function parse(text: string | undefined, given: unknown): string {
  if (text === undefined || !decimal.test(text)) {
    const shown = String(JSON.stringify(given)).slice(0, 80);
    throw new GraphQLError(`${shown} is not a decimal in text; give digits with a point, such as "42.00".`);
  }
  return text;
}
