import { enableCompileCache } from 'node:module';
import { projectFolder } from './project-folder.js';

// What an earlier start has compiled is taken from there, which halves the time of a start. Not from the system's folder for
// temporary files, where others might put something in its place.
enableCompileCache(`${projectFolder}/.pier2/compile-cache`);
await import('./start.js');
