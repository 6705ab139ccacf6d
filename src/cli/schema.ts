import { readFile, writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { projectFolder } from '../config.js';
import { createApiSchema } from '../schema.js';

/** Writes `schema.graphql`, or with `--check` fails when it does not say what the code says. */
const file = `${projectFolder}/schema.graphql`;
const text = `${printSchema(await createApiSchema())}\n`;

if (process.argv.includes('--check')) {
  const standing = await readFile(file, 'utf8').catch(() => '');
  if (standing !== text) {
    console.error('schema.graphql is stale: run `npm run schema:write` and commit it.');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, text);
}
