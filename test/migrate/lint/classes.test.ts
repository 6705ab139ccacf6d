import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { projectFolder } from '../../../src/project-folder.js';
import { lintMigrations } from '../../../src/migrate/lint/lint-migrations.js';

const folder = `${projectFolder}/test/migrate/lint/migrations`;
const contexts = [{ contextName: 'default', migrationsFolder: folder }] as const;
const fileOf = (name: string) => `${folder}/Migration202601010000${name}.ts`;

/** What is found in one of the migrations beside this file, as `line rule`. */
async function found(name: string): Promise<string[]> {
  const { findings } = await lintMigrations({ contexts, files: [fileOf(name)] });
  return findings.map(({ line, rule }) => `${line} ${rule}`);
}

/** What its comments `finds …` say must be found, in the same form. */
async function marked(name: string): Promise<string[]> {
  const source = await readFile(fileOf(name), 'utf8');
  return source.split('\n').flatMap((text, index) => {
    const rules = /(?:\/\/|--) finds (.*)$/.exec(text)?.[1]?.split(', ') ?? [];
    return rules.map(rule => `${index + 1} ${rule}`);
  });
}

describe('A migration class', () => {
  test('is executed, and each finding told where the statement stands or is run', async () => {
    expect(await found('02_places')).toEqual(await marked('02_places'));
  });

  test('is executed as on an empty database, where it reads, and may say that it cannot be undone', async () => {
    expect(await found('05_reads')).toEqual(await marked('05_reads'));
  });

  test('may be one that runs in no transaction', async () => {
    expect(await found('06_alone')).toEqual([]);
  });

  test('that cannot be executed without a database is found', async () => {
    const { findings } = await lintMigrations({ contexts, files: [fileOf('07_needs_rows')] });
    expect(findings).toEqual([
      {
        rule: 'cannot-be-recorded',
        severity: 'error',
        message: "It cannot be executed without a database: Cannot read properties of undefined (reading 'id').",
        file: 'test/migrate/lint/migrations/Migration20260101000007_needs_rows.ts',
        line: 1,
      },
    ]);
  });

  test('with SQL that PostgreSQL would not understand is found, at the line of the mistake', async () => {
    const { findings } = await lintMigrations({ contexts, files: [fileOf('08_mistyped')] });
    expect(findings).toMatchObject([
      { rule: 'syntax-error', line: 10, message: 'syntax error at or near "ad".', direction: 'up' },
    ]);
  });
});

describe('A comment that allows something', () => {
  test('silences the rule for its statement, wherever it stands beside it', async () => {
    expect(await found('03_allowed')).toEqual([]);
  });

  test('is found itself without a reason, and where it silences nothing', async () => {
    const { findings } = await lintMigrations({ contexts, files: [fileOf('04_wrongly_allowed')] });
    expect(findings.map(({ line, rule, message }) => [line, rule, message])).toEqual([
      [6, 'json-column', 'Rows of "notes" cannot be compared any more with "a"; jsonb can.'],
      [6, 'allow-without-reason', 'Say behind "pier2:allow json-column" why it is right here.'],
      [7, 'unused-allow', 'The rule "add-index" finds nothing there.'],
      [9, 'unused-allow', 'There is no rule "no-such-rule".'],
      [12, 'json-column', 'Rows of "notes" cannot be compared any more with "e"; jsonb can.'],
    ]);
  });
});

describe('The migrations of a folder', () => {
  const filesOf = async (options: { all?: boolean; files?: string[] }) =>
    (await lintMigrations({ contexts, ...options })).migrations.map(file => /_(\w+)\.ts/.exec(file)?.[1]);

  test('are checked when they are newer than the baseline', async () => {
    expect(await filesOf({})).toEqual([
      'places',
      'allowed',
      'wrongly_allowed',
      'reads',
      'alone',
      'needs_rows',
      'mistyped',
    ]);
  });

  test('are all checked when that is wanted, or when they are named', async () => {
    expect(await filesOf({ all: true })).toContain('notes');
    expect(await filesOf({ files: [fileOf('01_notes')] })).toEqual(['notes']);
  });

  test('before the baseline tell what those after it find', async () => {
    const { statements } = await lintMigrations({ contexts, files: [fileOf('02_places')] });
    const change = statements.find(({ sql }) => sql.includes('type numeric(12, 4)'));
    expect(change).toMatchObject({
      direction: 'up',
      line: 21,
      effects: [{ table: 'notes', lock: 'ACCESS EXCLUSIVE', rewrites: true }],
    });
  });
});

describe('The migrations of this project', () => {
  test('that are newer than the baseline have no findings', async () => {
    expect((await lintMigrations()).findings).toEqual([]);
  });

  test('can all be recorded and read', async () => {
    const { findings } = await lintMigrations({ all: true });
    const unread = findings.filter(({ rule }) => ['cannot-be-recorded', 'syntax-error'].includes(rule));
    expect(unread).toEqual([]);
  });
});
