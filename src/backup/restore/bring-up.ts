import { type Build, unseen } from '../../migrate/build.js';
import { fillAtOnce } from '../../migrate/expand/fill-table.js';
import { readPairs } from '../../migrate/expand/pairs.js';
import { explainServerFailure } from './explain-server-failure.js';
import type { Trial } from './trial.js';

/**
 * Brings the tables of an archive to this build's migrations. Where these replace a column, its rows are filled before the
 * migration comes that takes the old one away.
 * @param seen the migrations that the tables have seen
 * @param backfilled those of them whose columns were filled in all rows
 * @returns the migrations that replace columns, which are filled now
 */
export async function bringUp(
  { client, schema, migrate }: Trial,
  { tenant: files }: Build,
  seen: readonly string[],
  backfilled: readonly string[],
): Promise<string[]> {
  const { changes, contracts } = await readPairs(files);
  const isContracted = (name: string) =>
    Array.from(contracts.values()).some(({ expansion, migration }) => expansion === name && seen.includes(migration));
  const fill = async (name: string) => {
    const change = changes.get(name);
    if (change && !backfilled.includes(name) && !isContracted(name)) {
      await explainServerFailure(`filling the columns of ${name}`, () => fillAtOnce(client, schema, change));
    }
  };
  for (const name of seen) {
    await fill(name);
  }
  for (const name of unseen(files, seen)) {
    await explainServerFailure(`migrating to ${name}`, () => migrate([name]));
    await fill(name);
  }
  return files.map(({ name }) => name).filter(name => changes.has(name));
}
