import type { MigrationContext } from '../database/orm.options.js';
import { platformContext } from './platform-migrator.js';
import { tenantContext } from './tenant-migrator.js';

/**
 * The set of migrations of a name.
 * @throws Error when there is none of that name
 */
export function migrationContext(name: string): MigrationContext {
  const context = [tenantContext, platformContext].find(({ contextName }) => contextName === name);
  if (!context) {
    throw new Error(`There is no context "${name}"; use default (a tenant's tables) or platform.`);
  }
  return context;
}
