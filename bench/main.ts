/**
 * Measures this API, its peers and the limit beside each other, on the same PostgreSQL and the same data:
 *
 *     npm run bench -- --help
 *
 * docs/benchmarks.md says what is measured and how.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { projectFolder } from '../src/project-folder.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { readArguments } from './arguments.js';
import { prepareDataSet } from './data-set.js';
import { markdownOf, tableOf } from './report.js';
import { runBench } from './run.js';

const args = readArguments();
if (args.build) {
  console.log(`Building the API in ${args.pier2Folder}.`);
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: args.pier2Folder, stdio: 'inherit' });
}
const postgres = await acquireEmbeddedPostgres({
  folder: process.env['EMBEDDED_POSTGRES_FOLDER'] ?? `${projectFolder}/.pier2/bench-postgres`,
});
process.once('SIGINT', () => void postgres.release().finally(() => process.exit(130)));
try {
  const database = args.tenants ? `bench_${args.tenants}_tenants_of_${args.orders}` : `bench_${args.orders}`;
  await prepareDataSet(postgres.url(database), args.orders, args.pier2Folder);
  const results = await runBench(args, postgres, database, (query, measurements) =>
    console.log(tableOf(query, measurements)),
  );
  console.log(`\n${markdownOf(results.queries)}\n`);
  console.table(results.servers);
  const file = resolve(
    args.json ?? `${import.meta.dirname}/results/${new Date().toISOString().replaceAll(':', '')}.json`,
  );
  mkdirSync(resolve(file, '..'), { recursive: true });
  const machine = { processor: cpus()[0]!.model, cores: cpus().length, node: process.version };
  writeFileSync(
    file,
    `${JSON.stringify({ arguments: args, machine, postgres: postgres.version, ...results }, null, 2)}\n`,
  );
  console.log(`Written to ${file}.`);
} finally {
  await postgres.release();
}
