import type { Finding } from '../lint/finding.js';
import type { Check, CheckedProject } from './check.js';
import { about, difference, failure, saysNoWayBack } from './step-findings.js';
import { Walk } from './walk.js';

/** Each migration runs, can be taken back to the schema of before, and runs again to the same schema, without any rows. */
export const empty: Check = {
  title: 'Each migration goes up, down and up again, on empty tables',
  async run(project) {
    const findings: Finding[] = [];
    const notes: string[] = [];
    let walk = await startWalk(project);
    try {
      const { steps } = walk;
      const expected = [await walk.objects()];
      for (const step of steps) {
        const error = await walk.go('up', step);
        if (error) {
          return { findings: [failure('upFails', step, error)] };
        }
        expected.push(await walk.objects());
      }
      for (let index = steps.length - 1; index >= 0; index--) {
        const step = steps[index]!;
        const noWayBack = await saysNoWayBack(step);
        const found = noWayBack === undefined ? await thereAndBack(walk, index, expected) : undefined;
        if (noWayBack !== undefined) {
          notes.push(`${step.name} cannot be taken back, as it says: ${noWayBack}`);
        }
        if (found) {
          findings.push(found);
        }
        if (index > 0 && (found ?? noWayBack) !== undefined) {
          // What it left is no schema to go on with.
          await walk.close();
          walk = await startWalk(project);
          await walk.goUp(index);
        }
      }
      return { findings, notes };
    } finally {
      await walk.close();
    }
  },
};

async function startWalk(project: CheckedProject): Promise<Walk> {
  return Walk.start(project, await project.makeDatabase());
}

/** Takes a migration back, runs it and takes it back again; gives what is wrong with that. */
async function thereAndBack(
  walk: Walk,
  index: number,
  expected: readonly (readonly string[])[],
): Promise<Finding | undefined> {
  const step = walk.steps[index]!;
  for (const verb of ['down', 'up', 'down'] as const) {
    const error = await walk.go(verb, step);
    if (error) {
      return failure(verb === 'down' ? 'downFails' : 'upFails', step, error);
    }
    const differs = difference(expected[verb === 'down' ? index : index + 1]!, await walk.objects());
    if (differs !== undefined) {
      const when = verb === 'down' ? 'When it is taken back' : 'When it is run again';
      return about(verb === 'down' ? 'downDiffers' : 'upDiffers', step, `${when}, the schema ${differs}.`);
    }
  }
  return undefined;
}
