import type { Build } from '../../migrate/build.js';
import { hashOf } from '../../migrate/files.js';
import { partlySeen, standIn } from '../../migrate/squash/squashed.js';
import { BackupError } from '../backup-error.js';
import type { Manifest } from '../archive/manifest.js';

/**
 * The migrations of this build that make the tables of an archive.
 * @throws BackupError when this build cannot make them, with the version that can
 */
export async function migrationsOf(
  { migrations, projectVersion }: Manifest,
  { tenant: files }: Pick<Build, 'tenant'>,
  buildVersion: string,
): Promise<readonly string[]> {
  const names = migrations.map(({ name }) => name);
  const partly = partlySeen(names, files);
  if (partly !== undefined) {
    throw new BackupError(
      `The archive, of version ${projectVersion}, ${partly.replace(/;.*/s, '')}: restore it by the last build that has them, and archive it there again.`,
    );
  }
  const seen = standIn(names, files);
  const unknown = seen.filter(name => !files.some(file => file.name === name));
  if (unknown.length > 0) {
    throw new BackupError(
      `The archive is of version ${projectVersion} and has seen ${unknown.join(', ')}, which this build (${buildVersion}) does not have; restore it by a build of that version or a later one.`,
    );
  }
  for (const file of files) {
    const hash = migrations.find(({ name }) => name === file.name)?.hash ?? null;
    if (hash !== null && hash !== (await hashOf([file]))) {
      throw new BackupError(
        `The archive is of version ${projectVersion}, whose ${file.name} is not the one of this build (${buildVersion}): its file was edited. Restore it by a build of version ${projectVersion}, or undo the edit.`,
      );
    }
  }
  return seen;
}
