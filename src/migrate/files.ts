import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The table in which the ORM's migrator keeps which migrations a schema has seen. */
export const migrationTable = 'mikro_orm_migrations';

/** Where this build's migrations are, in TypeScript or as built. */
export const migrationFolders = {
  tenant: fileURLToPath(new URL('../../migrations/tenant', import.meta.url)),
  platform: fileURLToPath(new URL('../../migrations/platform', import.meta.url)),
};

/** A migration of a folder. */
export interface MigrationFile {
  name: string;
  path: string;
  /** Those that it stands for, when it is a squashed one; else none. */
  replaces: readonly string[];
}

/** The migrations of a folder, in the order in which they run. */
export async function migrationFiles(folder: string): Promise<MigrationFile[]> {
  const files = (await readdir(folder)).filter(file => /\.[jt]s$/.test(file) && !/\.d\.[jt]s$/.test(file)).sort();
  return Promise.all(
    files.map(async file => {
      const path = join(folder, file);
      return { name: file.replace(/\.[jt]s$/, ''), path, replaces: replacedBy(await readFile(path, 'utf8')) };
    }),
  );
}

/** What the source of a migration, or what was built of it, says that it replaces: to load the class would load the ORM. */
function replacedBy(source: string): string[] {
  const [, list = ''] = /\breplaces\b\s*=\s*\[([^\]]*)\]/.exec(source) ?? [];
  return Array.from(list.matchAll(/['"](\w+)['"]/g), ([, name]) => name!);
}

/** What is the same for files of the same names and contents alone, as they were written or as built of that. */
export async function hashOf(files: readonly MigrationFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, path } of files) {
    hash.update(
      `${name}\0${createHash('sha256')
        .update(await writtenText(path))
        .digest('hex')}\n`,
    );
  }
  return hash.digest('hex');
}

/** What was written: of a file that was built, its source map has it. */
async function writtenText(path: string): Promise<string | Buffer> {
  if (!path.endsWith('.js') || !existsSync(`${path}.map`)) {
    return readFile(path);
  }
  const { sourcesContent } = JSON.parse(await readFile(`${path}.map`, 'utf8')) as { sourcesContent?: string[] };
  return sourcesContent?.[0] ?? readFile(path);
}
