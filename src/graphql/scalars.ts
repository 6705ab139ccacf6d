import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** A decimal number as text: digits with at most one point, in front of which a minus may stand. */
const decimal = /^-?\d{1,30}(\.\d{1,10})?$/;

/**
 * A day of the calendar as text, without a time and a zone. PostgreSQL knows the years from 1, and four digits are what
 * people write.
 */
export const CalendarDate = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A day of the calendar as ISO 8601 writes it, such as `"2026-05-25"`, without a time and a time zone.',
  serialize: value => value as string,
  parseValue: value => parseDay(value, value),
  parseLiteral: node =>
    parseDay(node.kind === Kind.STRING ? node.value : undefined, 'value' in node ? node.value : node.kind),
});

function parseDay(text: unknown, given: unknown): string {
  if (typeof text !== 'string' || !isDay(text)) {
    throw new GraphQLError(`${shown(given)} is not a day; give year, month and day, such as "2026-05-25".`);
  }
  return text;
}

/** Whether there is such a day; JavaScript's parser takes February 30th for March 2nd. */
function isDay(text: string): boolean {
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00.000Z` : NaN);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && date.getUTCFullYear() > 0;
}

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
    throw new GraphQLError(`${shown(given)} is not a decimal in text; give digits with a point, such as "42.00".`);
  }
  return text;
}

/** What was given, as it may stand in a message. */
function shown(given: unknown): string {
  return String(JSON.stringify(given)).slice(0, 80);
}
