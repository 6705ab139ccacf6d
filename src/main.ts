import { samplePassword, sampleUsers } from '../seeders/sample-users.js';
import { ConfigError, loadConfig } from './config.js';
import { DatabaseServerError, openDatabaseServer } from './database/server.js';
import { untilSignal } from './signals.js';

/** Starts the API: settings, database, schema and sample data, server; then waits for a signal and stops it all. */
async function main(): Promise<void> {
  const config = loadConfig();
  const signal = untilSignal();
  const database = await openDatabaseServer(config.database);
  try {
    // Loaded now, since they take a second, and what is wrong with the settings or the database should be told at once.
    const { startApp } = await import('./app.js');
    const { migrate, seed } = config.database;
    // Everybody knows their password.
    const users = config.environment === 'development';
    if (migrate) {
      const { migrateAndSeed } = await import('./migrate/at-start.js');
      await migrateAndSeed(database.url, { seed, users });
    }
    const app = await startApp(config, database.url);
    printWelcome(app.url, database.description, { explorer: config.graphql.explorer, users: migrate && seed && users });
    await signal;
    await app.close();
  } finally {
    await database.release();
  }
}

function printWelcome(url: string, database: string, { explorer, users }: { explorer: boolean; users: boolean }): void {
  const lines = [
    'Pier 2 Imports is open.',
    '',
    `  GraphQL    ${url}/graphql${explorer ? '   (in a browser: Apollo Sandbox)' : ''}`,
    ...(explorer ? [`  GraphiQL   ${url}/graphiql  (works without internet)`] : []),
    ...(users ? [`  Sign in    ${sampleUsers.OWNER.email}, password ${samplePassword}`] : []),
    `  Database   ${database}`,
    '  Stop       Ctrl-C',
  ];
  console.log(`\n${lines.join('\n')}\n`);
}

/** What a person is told of a start that failed: one sentence where we know the remedy, else all there is. */
function explain(error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof DatabaseServerError) {
    return error.message;
  }
  const { code, port, address, hostname } = error as {
    code?: string;
    port?: number;
    address?: string;
    hostname?: string;
  };
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use; set PORT to another, such as PORT=${port! + 1}.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is "${address ?? hostname}", which is no address of this machine; use localhost, or 0.0.0.0 for all.`;
  }
  return error;
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
