import { parseArgs } from 'node:util';
import { LoadError } from './errors.js';

/** What to load, and into which schema. */
export interface LoadArguments {
  orders: number;
  randomSeed: number;
  schema: string;
}

export const usage = 'Usage: npm run seed:load -- --orders 200000 [--random-seed 42] [--schema public]';

const maxOrders = 100_000_000;
const maxRandomSeed = 999_999;

/**
 * Reads the command line.
 * @throws LoadError when it is wrong, with a sentence that says what would be right
 */
export function parseLoadArguments(args: string[]): LoadArguments {
  // Not strict, since the parser's own sentences about "--orders -5" and the like are long and beside the point.
  const { values, positionals } = parseArgs({
    args,
    strict: false,
    options: {
      orders: { type: 'string' },
      'random-seed': { type: 'string', default: '42' },
      schema: { type: 'string', default: 'public' },
    },
  });
  const { orders, 'random-seed': randomSeed, schema, ...others } = values;
  const unknown = [...Object.keys(others).map(name => `--${name}`), ...positionals];
  if (unknown.length > 0) {
    throw new LoadError(`${unknown[0]} is not an argument of this command. ${usage}`);
  }
  if (typeof schema !== 'string' || schema === '') {
    throw new LoadError(`--schema should be the name of a schema. ${usage}`);
  }
  return {
    orders: wholeNumber('--orders', orders, 1, maxOrders),
    randomSeed: wholeNumber('--random-seed', randomSeed, 0, maxRandomSeed),
    schema,
  };
}

function wholeNumber(name: string, value: string | boolean | undefined, least: number, most: number): number {
  const given = typeof value === 'string' ? value : undefined;
  const number = given !== undefined && /^\d+$/.test(given) ? Number(given) : NaN;
  if (!(number >= least && number <= most)) {
    const found = given === undefined ? 'is missing' : `is "${given}"`;
    throw new LoadError(
      `${name} ${found}, but should be a whole number from ${least} to ${most.toLocaleString('en')} without separators. ${usage}`,
    );
  }
  return number;
}
