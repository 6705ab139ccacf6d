import type { Build } from '../build.js';
import type { Asks } from '../fingerprint.js';
import type { Step } from '../rollout.js';
import { livingInstances } from './instances.js';
import { type Contract, readPairs } from './pairs.js';
import { finishedBackfills } from './progress.js';

/**
 * Ends steps before the first migration that would take a column away which is still needed, and says why. The migration
 * itself refuses that too, whoever runs it; so nobody has to find out by failures.
 */
export async function holdContracts(client: Asks, build: Build, steps: readonly Step[]): Promise<Step[]> {
  const names = new Set(steps.flatMap(({ migrations }) => migrations));
  const { contracts } = await readPairs(build.tenant.filter(({ name }) => names.has(name)));
  if (contracts.size === 0) {
    return [...steps];
  }
  const pending = [...contracts.values()];
  const finished = await finishedBackfills(
    client,
    pending.map(({ expansion }) => expansion),
  );
  const instances = await livingInstances(client);
  const reasonOf = (schema: string, { migration, expansion, switched }: Contract): string | undefined => {
    const older = instances.filter(({ migrations }) => !migrations.includes(switched));
    if (older.length > 0) {
      const [{ pid, host }] = older as [(typeof older)[0]];
      const others = older.length > 1 ? ` and ${older.length - 1} more` : '';
      return `${migration} waits for process ${pid} on ${host}${others} to end, whose build does not know ${switched}`;
    }
    return finished.has(schema, expansion)
      ? undefined
      : `${migration} waits for the backfill of ${expansion} ("npx pier2 migrate backfill")`;
  };
  return steps.map(step => {
    for (const [index, name] of step.migrations.entries()) {
      const contract = contracts.get(name);
      const held = contract && reasonOf(step.tenant.schema, contract);
      if (held !== undefined) {
        return { ...step, migrations: step.migrations.slice(0, index), held };
      }
    }
    return step;
  });
}
