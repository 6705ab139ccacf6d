import type { MigrationFile } from '../files.js';

/**
 * What a schema has seen, with each squashed migration in the place of those that it replaces: who has seen all of them has
 * seen it, and who runs it is noted to have seen them too, for builds that still have them.
 */
export function standIn(seen: readonly string[], files: readonly MigrationFile[]): readonly string[] {
  let result = seen;
  for (const { name, replaces } of files) {
    if (replaces.length > 0 && (result.includes(name) || replaces.every(replaced => result.includes(replaced)))) {
      // It begins with the first migration, so it comes first.
      result = [name, ...result.filter(other => other !== name && !replaces.includes(other))];
    }
  }
  return result;
}

/** Why a schema cannot be brought further: it has seen some of what a squashed migration replaces, and not all. */
export function partlySeen(seen: readonly string[], files: readonly MigrationFile[]): string | undefined {
  for (const { name, replaces } of files) {
    const missing = replaces.filter(replaced => !seen.includes(replaced));
    if (!seen.includes(name) && missing.length > 0 && missing.length < replaces.length) {
      return `has not seen ${missing.join(', ')} of those that ${name} replaces; run the migrations of the last build that has them first`;
    }
  }
  return undefined;
}
