import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { projectFolder } from '../src/project-folder.js';
import { endPrograms, run } from './support/process.js';

// To lint takes seconds.
jest.setTimeout(120_000);

let folder: string;
let clone: string;

/** Runs commands in the clone, and gives their exit code and what they wrote. */
async function shell(commands: string): Promise<{ code: number | null; output: string }> {
  const program = run('bash', ['-c', `cd '${clone}' && ${commands}`], {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Arthur Dent',
    GIT_AUTHOR_EMAIL: 'arthur@example.com',
    GIT_COMMITTER_NAME: 'Arthur Dent',
    GIT_COMMITTER_EMAIL: 'arthur@example.com',
  });
  const code = await program.ends();
  return { code, output: program.output() };
}

const write = (file: string, text: string) => writeFile(join(clone, file), text);
const lastCommit = async () => (await shell('git log -1 --format=%s')).output.trim();

/** What the hooks, the linter and the tests go by. All else is left out, since to lint a file takes the types of all. */
const projectFiles = [
  ...['package.json', 'tsconfig.json', 'eslint.config.js', 'lint-staged.config.js', '.gitignore', '.prettierignore'],
  ...['.husky/pre-commit', '.husky/pre-push', 'test/jest.config.js'],
  ...['test/support/global-setup.mjs', 'test/support/global-teardown.mjs'],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-hooks-'));
  clone = join(folder, 'clone');
  for (const file of projectFiles) {
    await mkdir(dirname(join(clone, file)), { recursive: true });
    await copyFile(join(projectFolder, file), join(clone, file));
  }
  await Promise.all(['src', 'migrations', 'docs'].map(name => mkdir(join(clone, name))));
  await write('src/planet.ts', `export const planet = 'Earth';\n`);
  await write('migrations/first.ts', 'export {};\n');
  await write('docs/first.md', '# First\n');
  await symlink(`${projectFolder}/node_modules`, `${clone}/node_modules`);
  // What the check finds is its own tests' matter.
  const check = `npm pkg set scripts.migrations:check='echo The migrations were checked.; test ! -e wrong'`;
  const { code, output } = await shell(
    `${check} && git init --quiet --initial-branch main && git add --all && git commit --quiet --message first &&
     git init --quiet --bare ../server.git && git remote add origin ../server.git && git push --quiet --set-upstream origin main`,
  );
  expect([code, output]).toEqual([0, '']);
});
afterEach(endPrograms);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('before hooks are set up', () => {
  test('nothing is asked of a commit, and an installation has set up nothing', async () => {
    await write('src/towel.ts', 'export const   towel = 42\n');
    expect((await shell('git add src/towel.ts && git commit --message unformatted')).code).toBe(0);
    expect((await shell('git config core.hooksPath')).code).toBe(1);
    expect((await shell('git reset --quiet --hard HEAD~1')).code).toBe(0);
    const { scripts } = JSON.parse(await readFile(`${projectFolder}/package.json`, 'utf8')) as { scripts: object };
    expect(scripts).not.toHaveProperty('prepare');
    expect(scripts).not.toHaveProperty('postinstall');
  });
});

describe('npm run setup:hooks', () => {
  beforeAll(async () => {
    expect((await shell('npm run setup:hooks')).code).toBe(0);
  });
  const commit = (message: string) => shell(`git add src migrations docs && git commit --message '${message}'`);

  test('refuses a commit of what is not formatted, or not what the linter wants', async () => {
    await write('src/towel.ts', 'export const   towel = 42\n');
    expect(await commit('unformatted')).toMatchObject({ code: 1, output: expect.stringMatching(/src\/towel\.ts/) });
    await write('src/towel.ts', 'export const towel: any = 42;\n');
    expect(await commit('any')).toMatchObject({ code: 1, output: expect.stringContaining('no-explicit-any') });
    expect(await lastCommit()).toBe('first');
  });

  test('takes a good one, as it is staged, whatever else stands in the folder', async () => {
    await write('src/towel.ts', 'export const towel = 42;\n');
    await shell('git add src/towel.ts');
    await write('src/towel.ts', 'export const   towel = 43\n');
    const { code, output } = await shell('git commit --message towel');
    expect([code, output]).toEqual([0, expect.not.stringContaining('The migrations were checked.')]);
    expect(await readFile(`${clone}/src/towel.ts`, 'utf8')).toBe('export const   towel = 43\n');
    await shell('git checkout src/towel.ts');
  });

  test('checks the migrations when one changes, or an entity, and refuses what fails there', async () => {
    await write('migrations/second.ts', 'export {};\n');
    await write('wrong', '');
    expect(await commit('migration')).toMatchObject({
      code: 1,
      output: expect.stringContaining('The migrations were checked.'),
    });
    await rm(join(clone, 'wrong'));
    expect((await commit('migration')).code).toBe(0);
    await write('src/towel.entity.ts', 'export class Towel {}\n');
    expect(await commit('entity')).toMatchObject({ code: 0, output: expect.stringContaining('were checked.') });
  });

  test('refuses a push whose types are wrong, and takes one that is right', async () => {
    await write('src/towel.ts', `export const towel: number = 'wet';\n`);
    expect((await commit('wet')).code).toBe(0);
    expect(await shell('git push')).toMatchObject({ code: 1, output: expect.stringMatching(/src\/towel\.ts.*TS2322/) });
    // Nothing that tests import has changed against the server any more.
    await shell('git reset --quiet --hard origin/main');
    await write('docs/towels.md', '# Towels\n');
    expect((await commit('docs')).code).toBe(0);
    expect(await shell('git push')).toMatchObject({ code: 0, output: expect.stringContaining('No tests found') });
  });
});
