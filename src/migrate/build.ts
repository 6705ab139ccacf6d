import { quote } from '../errors.js';
import { hashOf, type MigrationFile, migrationFiles, migrationFolders } from './files.js';
import { MigrateError } from './migrate-error.js';

/** The migrations that this build brings. */
export interface Build {
  /** Where those of tenants are. */
  tenantFolder: string;
  tenant: readonly MigrationFile[];
  platform: readonly MigrationFile[];
}

/** @param tenantFolder another folder of tenants' migrations than this build's */
export async function readBuild(tenantFolder = migrationFolders.tenant): Promise<Build> {
  const [tenant, platform] = await Promise.all([
    migrationFiles(tenantFolder),
    migrationFiles(migrationFolders.platform),
  ]);
  return { tenantFolder, tenant, platform };
}

/** What is the same for builds of the same migrations alone. */
export function hashOfBuild({ tenant, platform }: Build): Promise<string> {
  return hashOf([...platform, ...tenant]);
}

/** Those of a build's migrations that a schema has not seen, in their order. */
export function unseen(files: readonly MigrationFile[], seen: readonly string[]): string[] {
  const has = new Set(seen);
  return files.map(({ name }) => name).filter(name => !has.has(name));
}

/**
 * The migration of tenants that somebody names by its whole name, or by its number or words alone.
 * @throws MigrateError when there is none, or several
 */
export function findMigration({ tenant }: Build, name: string): string {
  const exact = tenant.find(file => file.name === name);
  const found = exact ? [exact] : tenant.filter(file => file.name.split(/^Migration|_(.*)/s).includes(name));
  if (found.length !== 1) {
    const problem = found.length === 0 ? 'There is no migration' : 'Several migrations are called';
    throw new MigrateError(`${problem} ${quote(name)}; give a whole name, such as ${tenant.at(-1)?.name}.`);
  }
  return found[0]!.name;
}
