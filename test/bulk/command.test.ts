import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { exportText, removeFiles, writeLines } from '../support/bulk.js';
import { createBareDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, run } from '../support/process.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('sample');
});
afterEach(endPrograms);
afterAll(async () => {
  await database.drop();
  await removeFiles();
});

/** Runs the command without the second that npx takes, and gives its exit code and what it wrote. */
async function pier2(args: string[], url = database.url): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', ...args], { DATABASE_URL: url });
  const code = await program.ends();
  return { code, output: program.output() };
}

describe('pier2', () => {
  test('exports by npx, wherever it is run', async () => {
    const program = run('npx', ['pier2', 'export', 'stores'], { DATABASE_URL: database.url });
    expect(await program.ends()).toBe(0);
    expect(program.output()).toContain(`${await exportText(database, 'stores')}`);
    expect(program.output()).toContain('Exported 4 stores.');
  });

  test('exports to a file and imports it', async () => {
    const target = await createTestDatabase('empty');
    const file = await writeLines('');
    expect((await pier2(['export', 'stores', '--output', file])).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(await exportText(database, 'stores'));
    const { code, output } = await pier2(['import', 'stores', file], target.url);
    expect(output).toMatch(/^Imported 4 stores of 4 lines in [\d.]+ s; 0 refused\.\n$/);
    expect(code).toBe(0);
    await target.drop();
  });

  test('ends with 1 when rows are refused, tells twenty of them, and with 0 when there is nothing to do', async () => {
    const file = await writeLines(Array.from({ length: 25 }, () => '{}'));
    const { code, output } = await pier2(['import', 'stores', file]);
    expect(output.match(/^Line \d+: REQUIRED: name is missing; give it\.$/gm)).toHaveLength(20);
    expect(output).toContain('… and 5 more; give --errors FILE to get all of them.');
    expect(output).toContain('Imported 0 stores of 25 lines');
    expect(code).toBe(1);
    const again = await pier2(['import', 'stores', file]);
    expect(again).toEqual({
      code: 0,
      output: 'This file was imported already (0 stores of 25 lines, 25 refused); there is nothing to do.\n',
    });
  });

  test('tells programs in JSON', async () => {
    const file = await writeLines(['{}', '[]']);
    const { code, output } = await pier2(['import', 'products', file, '--json']);
    expect(JSON.parse(output)).toEqual({
      refusedRows: [
        { line: 1, code: 'REQUIRED', message: 'sku is missing; give it.' },
        { line: 2, code: 'NOT_AN_OBJECT', message: 'The line is a list; give one JSON object a line.' },
      ],
      summary: {
        kind: 'products',
        lines: 2,
        imported: 0,
        refused: 2,
        resumedAfter: 0,
        importedBefore: false,
        seconds: expect.any(Number),
      },
    });
    expect(code).toBe(1);
  });

  test.each([
    ['an unknown command', ['imprt'], `Unknown command 'imprt'`],
    ['an unknown kind', ['import', 'shops', 'x'], 'Allowed choices are stores, products, customers, orders.'],
    ['no file', ['import', 'stores'], `Missing required argument 'file'`],
    ['an unknown option', ['export', 'stores', '--out', 'x'], `Unknown option '--out'`],
  ])('ends with 2 for %s', async (_, args, says) => {
    const { code, output } = await pier2(args);
    expect(output).toContain(says);
    expect(code).toBe(2);
  });

  test.each([
    ['a file that is not there', ['import', 'stores', 'nowhere.jsonl'], 'There is no file nowhere.jsonl'],
    ['a folder', ['import', 'stores', tmpdir()], 'is not a file'],
    ['standard input', ['import', 'stores', '-'], 'Standard input cannot be read again'],
    ['a shop that there is not', ['export', 'stores', '--tenant', 'none'], 'There is no shop "none"; check --tenant'],
    ['a file that cannot be written', ['export', 'stores', '--output', tmpdir()], 'cannot be written (EISDIR)'],
  ])('ends with 1 and one sentence for %s', async (_, args, says) => {
    const { code, output } = await pier2(args);
    expect(output).toContain(says);
    expect(output.trimEnd()).not.toContain('\n');
    expect(code).toBe(1);
  });

  test('says how to make missing tables', async () => {
    const bare = await createBareDatabase();
    const { code, output } = await pier2(['export', 'stores'], bare.url);
    expect(output).toBe('The schema "public" has no tables of this version; run "npx mikro-orm migration:up" first.\n');
    expect(code).toBe(1);
    await bare.drop();
  });
});
