import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the project: where package.json stands, whether this runs from `src` or from `dist/src`. */
export const projectFolder = findProjectFolder();

function findProjectFolder(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    if (existsSync(new URL('package.json', folder)) || folder.pathname === '/') {
      return fileURLToPath(folder).replace(/[\\/]$/, '');
    }
  }
}
