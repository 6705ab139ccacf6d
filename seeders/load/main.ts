import pg from 'pg';
import { loadConfig } from '../../src/config.js';
import { ConfigError } from '../../src/config/parse-settings.js';
import { DatabaseServerError, openDatabaseServer } from '../../src/database/server.js';
import { type LoadArguments, parseLoadArguments } from './arguments.js';
import { LoadError } from './errors.js';
import { load, type LoadedRows } from './load.js';
import { Progress } from './progress.js';

// `npm run seed:load -- --orders 200000`: fills the database with a made-up shop of that size, to measure with.
try {
  await main(parseLoadArguments(process.argv.slice(2)));
} catch (error) {
  const expected = [LoadError, ConfigError, DatabaseServerError].some(kind => error instanceof kind);
  console.error(expected ? (error as Error).message : error);
  process.exitCode = 1;
}

async function main(args: LoadArguments): Promise<void> {
  const started = Date.now();
  const server = await openDatabaseServer(loadConfig().database);
  const client = new pg.Client({ connectionString: server.url });
  let progress: Progress | undefined;
  try {
    console.log(
      `Loading ${args.orders.toLocaleString('en')} orders into ${server.description}, schema "${args.schema}".`,
    );
    await client.connect();
    const loaded = await load(client, args, (count, part, total) => {
      progress ??= new Progress(total);
      progress.add(count, part.name);
    });
    progress?.stop();
    console.log(summary(loaded, Date.now() - started));
  } finally {
    progress?.stop();
    await client.end();
    await server.release();
  }
}

function summary(loaded: LoadedRows, milliseconds: number): string {
  const rows = Array.from(loaded, ([table, count]) => `  ${count.toLocaleString('en').padStart(11)} ${table}`);
  return [`Loaded in ${(milliseconds / 1000).toFixed(1)} s:`, ...rows].join('\n');
}
