import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { samplePassword, sampleUsers } from '../seeders/sample-users.js';
import { type Config, loadConfig } from './config.js';
import { startWarnings } from './database/start-warnings.js';
import { openDatabaseServer } from './database/server.js';
import { readBuild } from './migrate/build.js';
import { missingMigrations } from './migrate/readiness.js';
import { explainStartFailure } from './start-failure.js';
import { untilSignal } from './signals.js';

/** Starts the API: settings, database, schema and sample data, server; then waits for a signal and stops it all. */
async function main(): Promise<void> {
  const config = loadConfig();
  const signal = untilSignal();
  const database = await openDatabaseServer(config.database);
  try {
    const { migrate, seed } = config.database;
    // Everybody knows their password.
    const users = config.environment === 'development';
    if (migrate) {
      // Loaded now, since it takes a second, and what is wrong with the settings or the database should be told at once.
      const { migrateAndSeed } = await import('./migrate/at-start.js');
      await migrateAndSeed(database.url, { seed, users });
    }
    const welcome = (url: string) => printWelcome(url, database.description, config, migrate && seed && users);
    const serving = (config.workers > 1 ? serveByWorkers : serve)(config, database.url, welcome, signal);
    // Beside the start, since looking into thousands of shops takes seconds.
    await Promise.all([serving, warn(database.url, config)]);
  } finally {
    await database.release();
  }
}

/** Tells what is amiss with the settings and the database, though the API serves with it. */
async function warn(databaseUrl: string, config: Config): Promise<void> {
  try {
    const warnings = await Promise.all([migrationWarning(databaseUrl), startWarnings(databaseUrl, config)]);
    warnings
      .flat()
      .filter(warning => warning !== undefined)
      .forEach(warning => console.error(warning));
  } catch (error) {
    console.error(explainStartFailure(error));
  }
}

/** What of this build's migrations the database lacks: those of other shops than the default one are not run at start. */
async function migrationWarning(databaseUrl: string): Promise<string | undefined> {
  const missing = await missingMigrations(databaseUrl, await readBuild(), 'all', ['ACTIVE']);
  return (
    missing &&
    `${missing} Run "npx pier2 migrate apply" and then "npx pier2 migrate backfill", since requests may fail until then.`
  );
}

type Serve = (
  config: Config,
  databaseUrl: string,
  welcome: (url: string) => void,
  signal: Promise<unknown>,
) => Promise<void>;

const serve: Serve = async (config, databaseUrl, welcome, signal) => {
  const { startApp } = await import('./app.js');
  const app = await startApp(config, databaseUrl);
  welcome(app.url);
  await signal;
  await app.close();
};

const serveByWorkers: Serve = async (config, databaseUrl, welcome, signal) => {
  const [{ Workers }, { createLogger }] = await Promise.all([
    import('./workers.js'),
    import('./observability/logger.js'),
  ]);
  const logger = createLogger(config.logLevel, config.environment !== 'production');
  const workers = new Workers(config.workers, { config: shareOut(config), databaseUrl }, logger);
  try {
    const url = await Promise.race([workers.start(), signal.then(() => undefined)]);
    if (url !== undefined) {
      welcome(url);
      await Promise.race([signal, workers.ended]);
    }
  } finally {
    await workers.stop();
  }
};

/** The settings of one of several workers: its part of the connections, and secrets that all of them know. */
function shareOut(config: Config): Config {
  const { auth, database, environment, workers } = config;
  // In production nothing is made up: other machines would not know it.
  const made = environment === 'production' ? undefined : [randomBytes(32).toString('base64')];
  return {
    ...config,
    auth: { ...auth, tokenSecrets: auth.tokenSecrets ?? made },
    database: { ...database, poolMax: Math.floor(database.poolMax / workers) },
  };
}

function printWelcome(url: string, database: string, { graphql, workers }: Config, users: boolean): void {
  const { explorer } = graphql;
  const lines = [
    'Pier 2 Imports is open.',
    '',
    `  GraphQL    ${url}/graphql${explorer ? '   (in a browser: Apollo Sandbox)' : ''}`,
    ...(explorer ? [`  GraphiQL   ${url}/graphiql  (works without internet)`] : []),
    ...(users ? [`  Sign in    ${sampleUsers.OWNER.email}, password ${samplePassword}`] : []),
    `  Database   ${database}`,
    ...(workers > 1 ? [`  Workers    ${workers}`] : []),
    '  Stop       Ctrl-C',
  ];
  console.log(`\n${lines.join('\n')}\n`);
}

try {
  if (cluster.isWorker) {
    const { serveAsWorker } = await import('./worker.js');
    await serveAsWorker();
  } else {
    await main();
  }
} catch (error) {
  console.error(explainStartFailure(error));
  process.exitCode = 1;
}
