import type { Finding } from '../lint/finding.js';
import type { Check } from './check.js';
import { about, difference, failure, saysNoWayBack } from './step-findings.js';
import { checkRules } from './rules.js';
import { Walk } from './walk.js';

/**
 * The same on tables with rows. Only the entities as they are now can write rows, so the tables are filled when all
 * migrations have run; then one after the other, the last one first, is taken back and run again, on what is left of them.
 */
export const populated: Check = {
  title: 'Each migration goes up, down and up again, on tables with rows',
  async run(project) {
    const url = await project.makeDatabase();
    const walk = await Walk.start(project, url);
    try {
      if (!(await walk.goUp())) {
        return { findings: [], notes: ['A migration fails without any rows, so none was tried with rows.'] };
      }
      const unseeded = await project.seed(url).then(
        () => undefined,
        (error: Error) => error,
      );
      if (unseeded) {
        const { id, severity } = checkRules.seeds;
        const message = `No migration was tried with rows, since the sample data cannot be written: ${unseeded.message}.`;
        return { findings: [{ rule: id, severity, message, file: 'seeders/DatabaseSeeder.ts', line: 1 }] };
      }
      for (const step of [...walk.steps].reverse()) {
        const before = await walk.objects();
        const rows = await walk.rowCounts();
        const found = await thereAndBack(walk, step, before, rows);
        if (found === 'no way back') {
          return {
            findings: [],
            notes: [`Those before ${step.name} were not tried with rows: it cannot be taken back.`],
          };
        }
        if (found) {
          const notes = [`Those before ${step.name} were not tried with rows.`];
          return { findings: [found], notes };
        }
      }
      return { findings: [] };
    } finally {
      await walk.close();
    }
  },
};

/** Takes a migration back, runs it and takes it back again; gives what is wrong with that. */
async function thereAndBack(
  walk: Walk,
  step: Walk['steps'][number],
  objects: readonly string[],
  rows: ReadonlyMap<string, number>,
): Promise<Finding | 'no way back' | undefined> {
  if ((await saysNoWayBack(step)) !== undefined) {
    return 'no way back';
  }
  const down = await walk.go('down', step);
  if (down) {
    return failure('downFails', step, down);
  }
  const tablesBefore = await walk.rowCounts();
  const up = await walk.go('up', step);
  if (up) {
    return failure('upFailsOnRows', step, up);
  }
  const differs = difference(objects, await walk.objects());
  if (differs !== undefined) {
    return about('upDiffers', step, `When it is run again, the schema ${differs}.`);
  }
  const now = await walk.rowCounts();
  for (const table of tablesBefore.keys()) {
    const [was, is] = [rows.get(table) ?? 0, now.get(table) ?? 0];
    if (is < was) {
      return about('rowsLost', step, `Of ${was} rows of ${table}, ${is} are left.`);
    }
  }
  const again = await walk.go('down', step);
  return again && failure('downFails', step, again);
}
