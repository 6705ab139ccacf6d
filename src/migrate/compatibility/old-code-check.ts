import { readBuild } from '../build.js';
import type { Check } from '../check/check.js';
import { migrationFolders } from '../files.js';
import { readBase } from './base.js';
import { checkCompatibility } from './check-compatibility.js';
import { findStale, readOwnRecord } from './statement-record.js';

/**
 * Processes of the last release go on working while the new migrations are applied, and until the last one is replaced.
 * @param reference the release as git knows it; without it, the newest tag
 */
export function oldCodeCheck(reference?: string): Check {
  return {
    title: 'Statements of the last release run on the new schema',
    async run(project) {
      const build = await readBuild(project.tenant.migrationsFolder);
      const base = await readBase(reference);
      // The migrations may be those of another project, as in tests.
      const isOfOthers = !build.tenant.some(({ name }) => base.record.tenant.includes(name));
      if (isOfOthers) {
        return { findings: [] };
      }
      const { findings, notes } = await checkCompatibility(build, base, () => {
        project.signal.throwIfAborted();
        return project.makeDatabase();
      });
      const stale = build.tenantFolder === migrationFolders.tenant ? findStale(await readOwnRecord(), build) : [];
      return { findings: [...findings, ...stale], notes };
    },
  };
}
