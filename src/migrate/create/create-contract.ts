import type { MigrationContext } from '../../database/orm.options.js';
import { quote } from '../../errors.js';
import { readPairs } from '../expand/pairs.js';
import { migrationFiles } from '../files.js';
import { MigrateError } from '../migrate-error.js';
import { contractCode } from './expansion-code.js';
import { checkName, type Created, writeMigrations } from './write-migrations.js';

/**
 * Writes the migration that takes away the column which another migration has replaced. It belongs to a later build than that.
 * @param name what changes, in a few words joined by `_`
 * @param expansion the name of the other migration
 * @throws MigrateError when that replaces no column, or is completed already
 */
export async function createContract(context: MigrationContext, name: string, expansion: string): Promise<Created> {
  checkName(name);
  const folder = context.migrationsFolder;
  const { changes, contracts } = await readPairs(await migrationFiles(folder));
  const change = changes.get(expansion);
  if (!change) {
    const known = changes.size > 0 ? `those that do are ${[...changes.keys()].join(', ')}` : 'no migration does';
    throw new MigrateError(`${quote(expansion)} replaces no column; ${known}.`);
  }
  const done = [...contracts.values()].find(contract => contract.expansion === expansion);
  if (done) {
    throw new MigrateError(`${done.migration} takes away already what ${expansion} has replaced.`);
  }
  return writeMigrations(context, name, [{ suffix: '', write: own => contractCode(own, folder, expansion, change) }]);
}
