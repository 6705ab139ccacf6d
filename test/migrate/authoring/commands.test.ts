import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { projectFolder } from '../../../src/project-folder.js';
import { endPrograms, run } from '../../support/process.js';

/** A copy of this project, whose entities and migrations the tests change. */
let copy: string;
const task = 'src/tasks/task.entity.ts';

/** Runs a program in the copy, where there is no database. */
async function inCopy(command: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = run(command, args, { DATABASE_URL: 'postgresql://nobody@localhost:1/nothing', NO_COLOR: '1' }, copy);
  const code = await program.ends();
  return { code, output: program.output().replace(/\u001b\[\d+m/g, '') };
}

const migrate = (...args: string[]) => inCopy(process.execPath, 'src/cli/pier2-command.js', 'migrate', ...args);

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(copy, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(copy, file), text.replaceAll(from, to));
}

/** Gives the title of tasks another name in its entity. */
async function renameTitle(): Promise<void> {
  await edit(task, 'title!: string;', 'subject!: string;');
  await edit(task, `['state', 'title', 'id']`, `['state', 'subject', 'id']`);
  await edit(task, 'btrim(title)', 'btrim(subject)');
}

/** Gives tasks a column more in their entity. */
function addPlace(): Promise<void> {
  const property = `@Property({ type: 'text', nullable: true })\n  place?: string;`;
  return edit(task, 'title!: string;', `title!: string;\n\n  ${property}`);
}

/** The migrations of a folder that the tests have written. */
async function newMigrations(): Promise<string[]> {
  const known = await readdir(`${projectFolder}/migrations/tenant`);
  const found = await readdir(join(copy, 'migrations/tenant'));
  return found.filter(file => !known.includes(file)).sort();
}

beforeAll(async () => {
  await mkdir(`${projectFolder}/.pier2`, { recursive: true });
  copy = await mkdtemp(`${projectFolder}/.pier2/test-project-`);
  for (const name of ['src', 'seeders', 'package.json', 'tsconfig.json', 'mikro-orm.config.ts']) {
    await cp(join(projectFolder, name), join(copy, name), { recursive: true });
  }
});
beforeEach(async () => {
  await rm(join(copy, 'migrations'), { recursive: true, force: true });
  await cp(`${projectFolder}/migrations`, join(copy, 'migrations'), { recursive: true });
  await cp(join(projectFolder, task), join(copy, task));
});
afterEach(endPrograms);
afterAll(() => rm(copy, { recursive: true }));

describe('The commands that write migrations', () => {
  test('pier2 migrate create needs no database, and refuses to guess at a rename where there is no terminal', async () => {
    await renameTitle();
    const refused = await migrate('create', 'subject');
    expect(refused).toEqual({
      code: 1,
      output: expect.stringContaining('--rename tasks.title:subject   keeps its data'),
    });
    expect(await newMigrations()).toEqual([]);
    const { code, output } = await migrate('create', 'subject', '--rename', 'tasks.title:subject', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      migrations: [{ up: [`alter table "tasks" rename column "title" to "subject";`] }],
      findings: [{ rule: 'rename-column' }],
    });
    expect(await newMigrations()).toEqual([expect.stringMatching(/^Migration\d{14}_subject.ts$/)]);
    expect(await migrate('create', 'again')).toEqual({
      code: 0,
      output: expect.stringContaining('nothing was written'),
    });
  }, 60_000);

  // By util-linux, which makes a terminal; nothing of npm does without being compiled.
  const testOnTerminal = spawnSync('script', ['--version']).error ? test.skip : test;

  testOnTerminal.each([
    ['keeps its data', '\r', /^ {2}alter table "tasks" rename column "title" to "subject";/m],
    ['is gone', '\u001b[B\r', /^ {2}alter table "tasks" drop column "title";/m],
    ['is left to another day', '\u0003', /^Nothing was written\.$/m],
  ])(
    'pier2 migrate create asks on a terminal, and takes the answer that a column %s',
    async (_case, keys, told) => {
      await renameTitle();
      const fifo = join(copy, randomUUID());
      spawnSync('mkfifo', [fifo]);
      const typed = await open(fifo, 'r+');
      const command = `${process.execPath} src/cli/pier2-command.js migrate create subject`;
      const terminal = run('bash', ['-c', `script -qefc '${command}' /dev/null < ${fifo}`], {}, copy);
      await terminal.sees(/tasks\.title any more\. What became of it\?/);
      await typed.write(keys);
      await terminal.ends();
      await typed.close();
      expect(terminal.output().replaceAll(/\u001b\[[\d;?]*\w|\r/g, '')).toMatch(told);
    },
    60_000,
  );

  test('pier2 migrate create writes how a column is replaced, which is nothing to mend, and later what takes the old one away', async () => {
    await renameTitle();
    const expand = ['create', 'subject', '--expand', 'rename', '--column', 'tasks.title:subject'];
    expect(await migrate(...expand)).toMatchObject({
      code: 1,
      output: expect.stringContaining('names in the entity to tasks_title_index, tasks_title_check: those of "title"'),
    });
    await edit(task, 'tasks_title_', 'tasks_subject_');
    const { code, output } = await migrate(...expand);
    const contract = /npx pier2 migrate (create subject_alone --contract Migration\d{14}_subject)$/m.exec(output);
    expect([code, output, contract]).toEqual([
      0,
      expect.stringContaining('Look at how either side'),
      expect.anything(),
    ]);
    const check = await migrate('check', '--json', '--server', process.env['TEST_SERVER_URL']!);
    const { findings } = JSON.parse(check.output) as { findings: { rule: string }[] };
    // The record of what programs ask is written with the new build.
    expect(findings.filter(({ rule }) => rule !== 'stale-statements')).toEqual([]);
    expect(await migrate(...contract![1]!.split(' '))).toMatchObject({ code: 0 });
    expect(await newMigrations()).toContainEqual(expect.stringMatching(/_subject_alone\.ts$/));
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  }, 120_000);

  test('mikro-orm migration:create lists what it writes, and a second one finds nothing', async () => {
    await addPlace();
    const server = { DATABASE_URL: process.env['TEST_SERVER_URL'] };
    const create = async () => {
      const program = run('mikro-orm', ['migration:create', '--name', 'place'], server, copy);
      expect(await program.ends()).toBe(0);
      return program.output();
    };
    expect(await create()).toContain('successfully created');
    const [written] = await newMigrations();
    expect(await readFile(join(copy, 'migrations/migrations.sum'), 'utf8')).toContain(`\ntenant/${written} `);
    expect(await readFile(join(copy, `migrations/tenant/${written}`), 'utf8')).toContain(
      'alter table "tasks" add "place" text null;',
    );
    expect(await create()).toContain('No changes required');
    expect(await newMigrations()).toEqual([written]);
  }, 60_000);

  test('pier2 migrate sum takes an edit in where the migration is named', async () => {
    const name = (await readdir(join(copy, 'migrations/tenant'))).filter(file => file.endsWith('.ts')).at(-1)!;
    await edit(`migrations/tenant/${name}`, 'override up', '/* later */ override up');
    expect(await migrate('sum')).toEqual({
      code: 1,
      output: expect.stringMatching(
        new RegExp(`^migrations/tenant/${name}:1  migration-edited[^]*Nothing was listed.`),
      ),
    });
    const { code, output } = await migrate('sum', '--json');
    expect([code, JSON.parse(output)]).toMatchObject([
      1,
      { listed: false, findings: [{ rule: 'migration-edited', file: `migrations/tenant/${name}`, line: 1 }] },
    ]);
    expect(await migrate('sum', name.replace(/\.ts$/, ''))).toMatchObject({ code: 0 });
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  }, 60_000);
});

describe('A migration whose statements another file makes', () => {
  const name = 'Migration20990101000000_subject';
  const maker = 'src/migrate/expand/statements.ts';

  beforeEach(async () => {
    await cp(join(projectFolder, maker), join(copy, maker));
    await writeFile(
      join(copy, `migrations/tenant/${name}.ts`),
      `import { ExpandMigration, rename } from '../../src/migrate/expand/index.js';

export class ${name} extends ExpandMigration {
  override name = '${name}';

  override change = rename({ table: 'tasks', from: 'title', to: 'subject', type: 'text', notNull: true });
}
`,
    );
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  });
  afterAll(() => cp(join(projectFolder, maker), join(copy, maker)));

  test('is as it was listed when that file is written in other words', async () => {
    await edit(maker, `// Landed migrations are made of these statements`, '// So are new ones');
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  }, 60_000);

  test('is found when that file makes other statements of it, until it is named', async () => {
    await edit(maker, 'before insert or update on', 'before insert on');
    expect(await migrate('sum')).toEqual({
      code: 1,
      output: expect.stringContaining(
        `migrations/tenant/${name}.ts:1  migration-statements-changed\n  ${name} has other statements than when it was listed`,
      ),
    });
    expect(await migrate('sum', name)).toMatchObject({ code: 0 });
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  }, 60_000);

  test('is listed with its statements by mikro-orm migration:create too', async () => {
    await cp(`${projectFolder}/migrations/migrations.sum`, join(copy, 'migrations/migrations.sum'));
    await addPlace();
    const server = { DATABASE_URL: process.env['TEST_SERVER_URL'] };
    const program = run('mikro-orm', ['migration:create', '--name', 'place'], server, copy);
    expect(await program.ends()).toBe(0);
    const list = await readFile(join(copy, 'migrations/migrations.sum'), 'utf8');
    expect(new RegExp(`^tenant/${name}.ts.*`, 'm').exec(list)![0].split(' ')).toHaveLength(4);
    expect(await migrate('sum')).toMatchObject({ code: 0 });
  }, 60_000);

  test('is found when that hash is taken out of the list', async () => {
    const list = 'migrations/migrations.sum';
    const [row] = new RegExp(`^.*${name}.*$`, 'm').exec(await readFile(join(copy, list), 'utf8'))!;
    await edit(list, row, row.split(' ').slice(0, 3).join(' '));
    const { code, output } = await migrate('sum');
    expect([code, output]).toEqual([1, expect.stringMatching(/migrations-reordered/)]);
  }, 60_000);
});

describe('pier2 migrate check', () => {
  test('ends with 1 and tells all that is wrong in the project', async () => {
    await addPlace();
    const [landed] = (await readdir(join(copy, 'migrations/platform'))).filter(file => file.endsWith('.ts'));
    await edit(`migrations/platform/${landed}`, 'override up', '/* later */ override up');
    const { code, output } = await migrate('check', '--json', '--server', process.env['TEST_SERVER_URL']!);
    expect(code).toBe(1);
    const { checks, findings } = JSON.parse(output) as { checks: object[]; findings: object[] };
    const line = (await readFile(join(copy, task), 'utf8')).split('\n').indexOf('  place?: string;') + 1;
    expect(findings).toEqual([
      expect.objectContaining({ rule: 'migration-edited', file: `migrations/platform/${landed}`, line: 1 }),
      expect.objectContaining({ rule: 'entities-out-of-step', file: task, line }),
      expect.objectContaining({ rule: 'tables-unlike-entities', file: task, line }),
    ]);
    expect(checks).toHaveLength(7);
  }, 120_000);

  test('ends with 2 when it is not understood', async () => {
    expect(await migrate('check', '--format', 'xml')).toMatchObject({
      code: 2,
      output: expect.stringContaining('sarif'),
    });
  });
});
