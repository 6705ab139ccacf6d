import { resolve } from 'node:path';
import { InvalidArgumentError, Option, program } from 'commander';
import { projectFolder } from '../src/project-folder.js';
import type { Effort } from './measure.js';
import { contenders } from './contenders/index.js';
import { type QueryName, queryNames } from './queries.js';

/** What the command line asks for. */
export interface Arguments extends Effort {
  only: readonly string[];
  queries: readonly QueryName[];
  orders: number;
  tenants?: number;
  poolSize: number;
  pier2Folder: string;
  build: boolean;
  json?: string;
}

/** Reads the command line; ends the process with a sentence when it is wrong. */
export function readArguments(): Arguments {
  program
    .name('npm run bench --')
    .description(
      'Measures this API, its peers and the limit beside each other, on the same PostgreSQL and the same data.',
    )
    .option('--only <names>', 'contenders, separated by commas', oneOrMoreOf(contenders.map(({ name }) => name)))
    .option('--queries <names>', 'queries, separated by commas', oneOrMoreOf(queryNames))
    .option('--orders <count>', 'orders in the data set', wholeNumber, 200_000)
    .option(
      '--tenants <count>',
      'measures this API alone, with its requests spread over so many tenants, each with so many orders (then 1000 without --orders)',
      wholeNumber,
    )
    .option('--rounds <count>', 'times that each contender has its turn with a query', wholeNumber, 5)
    .option('--seconds <seconds>', 'how long a turn takes', Number, 2)
    .option('--warm-up-seconds <seconds>', 'how long each contender is asked before the rounds of a query', Number, 4)
    .option('--connections <count>', 'requests at once', wholeNumber, 8)
    .option('--pool-size <count>', 'connections to PostgreSQL of each contender', wholeNumber, 10)
    .option(
      '--pier2-folder <folder>',
      'another checkout whose API is measured',
      folder => resolve(folder),
      projectFolder,
    )
    .option('--no-build', 'measure what was built before')
    .option('--json <file>', 'where the results are written; a file of the time in bench/results without it')
    .addOption(
      new Option('--short', 'a small data set and a second a cell, to see whether it works').implies({
        orders: 2000,
        rounds: 1,
        seconds: 1,
        warmUpSeconds: 0.3,
      }),
    )
    .parse();
  const { only, queries, ...others } = program.opts<Arguments>();
  if (others.tenants && program.getOptionValueSource('orders') === 'default') {
    others.orders = 1000;
  }
  return { ...others, only: only ?? contenders.map(({ name }) => name), queries: queries ?? queryNames };
}

function oneOrMoreOf<Name extends string>(names: readonly Name[]) {
  return (text: string): Name[] => {
    const given = text.split(',') as Name[];
    const unknown = given.find(name => !names.includes(name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`"${unknown}" is none of ${names.join(', ')}.`);
    }
    return given;
  };
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It should be a whole number from 1 up.');
  }
  return Number(text);
}
