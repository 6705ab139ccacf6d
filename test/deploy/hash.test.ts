import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import typescript from 'typescript';
import { migrationFiles, migrationFolders } from '../../src/migrate/files.js';
import { projectFolder } from '../../src/project-folder.js';
import { endPrograms, run } from '../support/process.js';

// Each command takes seconds to start.
jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-hash-'));
});
afterEach(endPrograms);
afterAll(() => rm(folder, { recursive: true }));

/** Compiles the shops' migrations as `npm run build` does. */
async function build(): Promise<void> {
  const { config } = typescript.readConfigFile(`${projectFolder}/tsconfig.build.json`, path =>
    typescript.sys.readFile(path),
  );
  const { options } = typescript.parseJsonConfigFileContent(config, typescript.sys, projectFolder);
  for (const { name, path } of await migrationFiles(migrationFolders.tenant)) {
    const { outputText, sourceMapText } = typescript.transpileModule(await readFile(path, 'utf8'), {
      fileName: `${name}.ts`,
      compilerOptions: options,
    });
    await writeFile(`${folder}/${name}.js`, outputText);
    await writeFile(`${folder}/${name}.js.map`, sourceMapText!);
  }
}

async function hash(...args: string[]): Promise<string> {
  // Without a database: the embedded one would say that it starts.
  const settings = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nowhere' };
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'hash', ...args], settings);
  expect(await program.ends()).toBe(0);
  return program.output().trim();
}

describe('pier2 migrate hash', () => {
  test('is the same for migrations as they were written and as built, and another when one changes', async () => {
    await build();
    const written = await hash();
    expect(written).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash('--migrations', folder)).toBe(written);
    await writeFile(`${folder}/Migration20990101000000_more.js`, 'export {};\n');
    const [changed, json] = await Promise.all([
      hash('--migrations', folder),
      hash('--migrations', folder, '--json').then(text => JSON.parse(text) as { hash: string }),
    ]);
    expect(changed).not.toBe(written);
    expect(json).toEqual({ hash: changed });
  });
});
