import { startApp } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { openDatabaseServer } from './database/server.js';
import { migrateAndSeed } from './migrate/at-start.js';
import { untilSignal } from './signals.js';

/** Starts the API: settings, database, schema and sample data, server; then waits for a signal and stops it all. */
async function main(): Promise<void> {
  const config = loadConfig();
  const signal = untilSignal();
  const database = await openDatabaseServer(config.database);
  try {
    if (config.database.migrate) {
      await migrateAndSeed(database.url, config.database.seed);
    }
    const app = await startApp(config, database.url);
    printWelcome(app.url, database.description, config.graphql.explorer);
    await signal;
    await app.close();
  } finally {
    await database.release();
  }
}

function printWelcome(url: string, database: string, explorer: boolean): void {
  const lines = [
    'Pier 2 Imports is open.',
    '',
    `  GraphQL    ${url}/graphql${explorer ? '   (in a browser: Apollo Sandbox)' : ''}`,
    ...(explorer ? [`  GraphiQL   ${url}/graphiql  (works without internet)`] : []),
    `  Database   ${database}`,
    '  Stop       Ctrl-C',
  ];
  console.log(`\n${lines.join('\n')}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
