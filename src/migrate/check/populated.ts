import type { Finding } from '../lint/finding.js';
import type { Check, CheckedProject } from './check.js';
import { about, difference, failure, saysNoWayBack } from './step-findings.js';
import { checkRules } from './rules.js';
import { type Step, Walk } from './walk.js';

/**
 * The same on tables with rows: the sample data, and rows that are made up for the tables that these leave empty. Only the
 * entities as they are now can write sample data, so the tables are filled when all migrations have run; then one after the
 * other, the last one first, is taken back and run again, on what is left of them. Where one cannot be taken back, those
 * before it are tried on a new database, where all rows are made up.
 */
export const populated: Check = {
  title: 'Each migration goes up, down and up again, on tables with rows',
  async run(project) {
    const findings: Finding[] = [];
    const notes: string[] = [];
    const url = await project.makeDatabase();
    let walk = await Walk.start(project, url);
    try {
      const { steps } = walk;
      if (!(await walk.goUp())) {
        return { findings, notes: ['A migration fails without any rows, so none was tried with rows.'] };
      }
      const unseeded = await seed(project, url);
      if (unseeded) {
        return { findings: [unseeded] };
      }
      const without = await walk.makeUpRows();
      if (without.length > 0) {
        notes.push(`No rows could be made up for ${without.join(', ')}: migrations were tried without any there.`);
      }
      for (let index = steps.length - 1; index >= 0; index--) {
        const step = steps[index]!;
        const noWayBack = await saysNoWayBack(step);
        const found = noWayBack === undefined ? await thereAndBack(walk, step) : undefined;
        if (found) {
          findings.push(found);
        }
        if (noWayBack !== undefined) {
          walk = await startBelow(index);
          const failed = await walk.go('up', step);
          notes.push(
            failed
              ? `${step.name} fails on rows that were made up, which yours may be like: ${failed.reason}.`
              : `${step.name} cannot be taken back, so it and those before it were tried with rows that were made up.`,
          );
        }
        if (index > 0 && (found ?? noWayBack) !== undefined) {
          walk = await startBelow(index);
        }
      }
      return { findings, notes };
    } finally {
      await walk.close();
    }

    /** A new database that all migrations before one have made and that has rows. */
    async function startBelow(index: number): Promise<Walk> {
      await walk.close();
      const next = await Walk.start(project, await project.makeDatabase());
      await next.goUp(index);
      await next.makeUpRows();
      return next;
    }
  },
};

/** Writes the sample data, and gives what is wrong with them. */
async function seed(project: CheckedProject, url: string): Promise<Finding | undefined> {
  try {
    await project.seed(url);
    return undefined;
  } catch (error) {
    const { id, severity } = checkRules.seeds;
    const message = `No migration was tried with rows, since the sample data cannot be written: ${(error as Error).message}.`;
    return { rule: id, severity, message, file: 'seeders/DatabaseSeeder.ts', line: 1 };
  }
}

/** Takes a migration back, runs it and takes it back again; gives what is wrong with that. */
async function thereAndBack(walk: Walk, step: Step): Promise<Finding | undefined> {
  const objects = await walk.objects();
  const rows = await walk.rowCounts();
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
