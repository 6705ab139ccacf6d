import { readFile } from 'node:fs/promises';
import { projectFolder } from './project-folder.js';

/** The version of the project, as its package.json says. */
export async function readProjectVersion(): Promise<string> {
  return (JSON.parse(await readFile(`${projectFolder}/package.json`, 'utf8')) as { version: string }).version;
}
