import { appendFile, readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { importFile } from '../../src/bulk/import-file.js';
import type { RefusedRow } from '../../src/bulk/refusal.js';
import { exportText, importLines, removeFiles, writeLines } from '../support/bulk.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, run } from '../support/process.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase('empty');
});
afterEach(async () => {
  await endPrograms();
  await database.drop();
});
afterAll(removeFiles);

/** Customers, of whom every hundredth has no contact. */
function customers(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    firstName: 'Lintilla',
    email: index % 100 === 99 ? null : `lintilla${index}@brantisvogan.example`,
    addresses: [{ kind: 'BILLING', line1: `${index}`, city: 'Brantisvogan', zipCode: '1', countryCode: 'US' }],
  }));
}

async function linesDone(): Promise<number> {
  const [row] = await database.query<{ done: number }>('select lines_done as done from bulk_imports');
  return row?.done ?? 0;
}

describe('An import', () => {
  test('that was killed goes on behind its last batch, with each line once and each refused row once', async () => {
    const file = await writeLines(customers(16_000));
    const errors = `${file}.errors`;
    const importing = () =>
      run(process.execPath, ['src/cli/pier2-command.js', 'import', 'customers', file, '--errors', errors], {
        DATABASE_URL: database.url,
      });
    const killed = importing();
    while ((await linesDone()) === 0) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    process.kill(-killed.process.pid!, 'SIGKILL');
    await killed.ends();
    const done = await linesDone();
    expect(done).toBeLessThan(16_000);
    const [before] = await database.query<{ count: number }>('select count(*)::int as count from customers');
    expect(before!.count).toBe(done * 0.99);
    // Rows of a batch that was not committed, the last one torn.
    await appendFile(errors, '{"line":15999,"code":"CONTACT_REQUIRED","message":"x"}\n{"line":1');

    const second = importing();
    expect(await second.ends()).toBe(1);
    expect(second.output()).toContain(`Going on after line ${done.toLocaleString('en')}`);
    expect(second.output()).toMatch(/Imported 15,840 customers of 16,000 lines in [\d.]+ s; 160 refused\./);
    const [after] = await database.query('select count(*)::int, count(distinct email)::int as emails from customers');
    expect(after).toEqual({ count: 15_840, emails: 15_840 });
    const refused = (await readFile(errors, 'utf8')).trimEnd().split('\n');
    expect(refused.map(line => (JSON.parse(line) as RefusedRow).line)).toEqual(
      Array.from({ length: 160 }, (_, index) => (index + 1) * 100),
    );
  }, 60_000);

  test('that was stopped goes on, and says where', async () => {
    const lines = customers(6000);
    const stop = new AbortController();
    const stopped = importLines(database, 'customers', lines, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow('Stopped after line 5000; run the same command again');
    const starts: number[] = [];
    const summary = await importLines(database, 'customers', lines, { onStart: done => void starts.push(done) });
    expect(starts).toEqual([5000]);
    expect(summary).toMatchObject({
      lines: 6000,
      imported: 5940,
      refused: 60,
      resumedAfter: 5000,
      importedBefore: false,
    });
  });

  test('of the same file again does nothing, and one of another file or kind does', async () => {
    const lines = customers(100);
    await importLines(database, 'customers', lines);
    const before = await exportText(database, 'customers');
    const again = await importLines(database, 'customers', lines);
    expect(again).toMatchObject({ lines: 100, imported: 99, refused: 1, importedBefore: true, rows: [] });
    expect(await exportText(database, 'customers')).toBe(before);
    expect((await importLines(database, 'customers', lines.slice(1))).refused).toBe(99);
    expect((await importLines(database, 'stores', lines)).refused).toBe(100);
  });

  test('waits for another of the same file, and then has nothing to do', async () => {
    const file = await writeLines(customers(500));
    let waited = 0;
    const both = await Promise.all(
      [1, 2].map(() => importFile(database.url, { kind: 'customers', file, onWaiting: () => (waited += 1) })),
    );
    expect(waited).toBe(1);
    expect(both.map(({ importedBefore }) => importedBefore).toSorted()).toEqual([false, true]);
    expect(await database.query('select count(*)::int from customers')).toEqual([{ count: 495 }]);
  });

  test('beside one of another file with the same contacts refuses what that one has', async () => {
    const lines = customers(4000);
    const both = await Promise.all([
      importLines(database, 'customers', lines),
      importLines(database, 'customers', [...lines.toReversed()]),
    ]);
    const [first, second] = both.map(({ imported }) => imported);
    expect(first! + second!).toBe(3960);
    const codes = new Set(both.flatMap(({ rows }) => rows.map(({ code }) => code)));
    expect(codes).toEqual(new Set(['CONTACT_REQUIRED', 'DUPLICATE_EMAIL']));
  }, 60_000);

  test('of a file that is changed meanwhile stops', async () => {
    const file = await writeLines(customers(100));
    const importing = importFile(database.url, { kind: 'customers', file, onStart: () => appendFile(file, '{}\n') });
    await expect(importing).rejects.toThrow('was changed while it was imported');
    expect(await database.query('select from customers')).toEqual([]);
  });

  test.each([
    ['nothing', '', 0],
    ['one line without an end', '{}', 1],
  ])('of a file with %s is done at once', async (_, text, lines) => {
    expect(await importLines(database, 'customers', text)).toMatchObject({ lines, imported: 0, refused: lines });
    expect((await importLines(database, 'customers', text)).importedBefore).toBe(true);
  });
});
