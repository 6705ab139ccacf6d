import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { migrationFiles, migrationFolders } from '../src/migrate/files.js';
import { projectFolder } from '../src/project-folder.js';

/** Makes a folder with the landed migrations of shops and one more, whose source this gives by its name. */
export async function makeMigrationsFolder(words: string, sourceOf: (name: string) => string): Promise<string> {
  await mkdir(`${projectFolder}/.pier2`, { recursive: true });
  const folder = await mkdtemp(`${projectFolder}/.pier2/bench-migrations-`);
  for (const { name } of await migrationFiles(migrationFolders.tenant)) {
    await writeFile(`${folder}/${name}.ts`, `export { ${name} } from '../../migrations/tenant/${name}.js';\n`);
  }
  const name = `Migration20990101000000_${words}`;
  await writeFile(`${folder}/${name}.ts`, sourceOf(name));
  return folder;
}
