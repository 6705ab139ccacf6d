import { readFile, writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { projectFolder } from '../project-folder.js';
import { describePermissions } from '../graphql/describe-permissions.js';
import { describeRules } from '../migrate/lint/describe-rules.js';
import { createApiSchema } from '../schema.js';

// Writes what is made from the schema and from the rules about migrations, or with `--check` fails when a file does not say what the code says.
const schema = await createApiSchema();
const files = {
  'schema.graphql': `${printSchema(schema)}\n`,
  'docs/permissions.md': describePermissions(schema),
  'docs/migration-rules.md': describeRules(),
};

for (const [name, text] of Object.entries(files)) {
  const file = `${projectFolder}/${name}`;
  if (!process.argv.includes('--check')) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${name} is stale: run \`npm run schema:write\` and commit it.`);
    process.exitCode = 1;
  }
}
