import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Log } from 'sarif';
import type { Finding } from '../../../src/migrate/lint/finding.js';
import { allRules } from '../../../src/migrate/lint/own-rules.js';
import { endPrograms, run } from '../../support/process.js';

afterEach(endPrograms);

const folder = 'test/migrate/lint/migrations';
const allowed = `${folder}/Migration20260101000003_allowed.ts`;
const alone = `${folder}/Migration20260101000006_alone.ts`;
const reads = `${folder}/Migration20260101000005_reads.ts`;

/** Runs the command where there is no database, nor any way to start one. */
async function lint(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'migrate', 'lint', ...args], {
    DATABASE_URL: 'postgresql://nobody@localhost:1/nothing',
  });
  return { code: await program.ends(), output: program.output() };
}

describe('pier2 migrate lint', () => {
  test('ends with 0 when there is nothing to mend', async () => {
    expect(await lint(alone)).toEqual({ code: 0, output: 'Nothing to mend in 1 migration with 2 statements.\n' });
  });

  test('ends with 1 and tells a person each finding with its place, and the safe way', async () => {
    const { code, output } = await lint(reads);
    expect(code).toBe(1);
    expect(output).toContain(`${reads}:9  warning  json-column\n  Rows of "notes" cannot be compared`);
    expect(output).toContain('Lock: ACCESS EXCLUSIVE on "notes" (blocks reads and writes)');
    expect(output).toContain('The safe way:\n    alter table "orders" add "details" jsonb;\n');
    expect(output).toMatch(/3 findings in 1 migration with 4 statements\.\n$/);
  });

  test('tells a program the same as JSON', async () => {
    const { code, output } = await lint('--json', reads);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      migrations: [reads],
      statements: 4,
      findings: [
        {
          rule: 'json-column',
          severity: 'warning',
          file: reads,
          line: 9,
          direction: 'up',
          statement: 'alter table "notes" add "a" json',
          lock: 'ACCESS EXCLUSIVE',
          table: 'notes',
          rewrites: false,
          danger: expect.any(String),
          safeWay: expect.any(String),
        },
        { rule: 'json-column', line: 11, statement: `alter table "notes" add "b" json default '{}'` },
        { rule: 'truncate', line: 12, rewrites: true },
      ],
    });
  });

  test('tells it as SARIF 2.1.0', async () => {
    const { code, output } = await lint('--format', 'sarif', reads);
    expect(code).toBe(1);
    const { version, runs } = JSON.parse(output) as Log;
    const { tool, results } = runs[0]!;
    expect(version).toBe('2.1.0');
    expect(tool.driver.rules!.map(({ id }) => id)).toEqual(allRules.map(({ id }) => id));
    expect(results!.map(({ ruleIndex }) => tool.driver.rules![ruleIndex!]!.id)).toEqual([
      'json-column',
      'json-column',
      'truncate',
    ]);
    expect(results![0]).toMatchObject({
      ruleId: 'json-column',
      level: 'warning',
      locations: [
        { physicalLocation: { artifactLocation: { uri: reads, uriBaseId: '%SRCROOT%' }, region: { startLine: 9 } } },
      ],
    });
  });

  test('tells GitHub beside which lines to show it', async () => {
    const { code, output } = await lint('--format', 'github', reads);
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(
        `^::warning file=${reads},line=9,title=json-column::Rows of "notes" .*%0A%0AThe safe way:%0Aalter`,
      ),
      expect.stringMatching(`^::warning file=${reads},line=11,title=json-column::`),
      expect.stringMatching(`^::error file=${reads},line=12,title=truncate::It empties "notes".%0A`),
    ]);
  });

  test('writes nothing to GitHub where there is nothing', async () => {
    expect(await lint('--format', 'github', allowed)).toEqual({ code: 0, output: '' });
  });

  test('checks the project’s own new migrations when no file is named', async () => {
    const { code, output } = await lint();
    expect([code, output]).toEqual([0, expect.stringMatching(/^Nothing to mend in|^There is no migration/)]);
  });

  test('minds the lock_timeout when MikroORM is to run them', async () => {
    const { output } = await lint('--runner', 'mikro-orm', '--json', reads);
    expect(JSON.parse(output).findings.map(({ rule }: { rule: string }) => rule)).toContain('missing-lock-timeout');
  });

  test('checks a file of SQL as a draft of a tenant’s migration, on the tables that there are', async () => {
    const draft = join(await mkdtemp(join(tmpdir(), 'pier2-lint-')), 'draft.sql');
    await writeFile(draft, '-- a note\nalter table orders alter id type text;\nset search_path = public;\n');
    const { code, output } = await lint('--format', 'json', draft);
    const { findings } = JSON.parse(output) as { findings: Finding[] };
    expect(code).toBe(1);
    expect(findings.map(({ line, rule, message }) => [line, rule, message])).toEqual([
      [2, 'change-column-type', expect.stringContaining('"id" of "orders" goes from uuid to text')],
      [3, 'search-path', expect.anything()],
    ]);
  });

  test('ends with 2 when it is not understood, or there is no such file', async () => {
    expect(await lint('--format', 'xml')).toMatchObject({ code: 2, output: expect.stringContaining('sarif') });
    expect(await lint('migrations/none.ts')).toMatchObject({
      code: 2,
      output: expect.stringContaining('There is no migration migrations/none.ts.'),
    });
  });
});

describe('Other commands', () => {
  test('load neither the rules nor the parser', async () => {
    const code = `const loaded = [];
      const { registerHooks } = await import('node:module');
      registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
      process.argv.splice(1, Infinity, 'pier2', 'users', '--help');
      process.on('exit', () => console.log(loaded.filter(name => /libpg-query|lint-migrations/.test(name)).length + ' loaded of ' + (loaded.length > 20)));
      await import('@oxc-node/core/register');
      await import('./src/cli/pier2.ts');
      await import('./src/app.ts');`;
    const program = run(process.execPath, ['--input-type=module', '--eval', code]);
    await program.ends();
    expect(program.output()).toMatch(/0 loaded of true\n$/);
  });
});
