import { loadConfig } from './src/config.js';
import { openDatabaseServer } from './src/database/server.js';
import { migrationContext } from './src/migrate/context.js';
import { migrationOptions } from './src/database/orm.options.js';

/**
 * What `npx mikro-orm` works with. The default context is a tenant's tables (those of the schema `public`, unless
 * `--schema` says another); `--contextName platform` is what all tenants share. The embedded server is started for the
 * command when DATABASE_URL is not set and it isn't running.
 */
export default async (contextName: string) => {
  const server = await openDatabaseServer(loadConfig().database);
  // The command says nothing when it ends; the embedded server is left when the event loop runs empty.
  return migrationOptions(server.url, migrationContext(contextName));
};
