import { zstdDecompressSync } from 'node:zlib';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, run } from '../support/process.js';

jest.setTimeout(240_000);

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase('sample');
  folder = await mkdtemp(join(tmpdir(), 'pier2-backups-'));
});
afterEach(endPrograms);
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function pier2(args: string[], settings: NodeJS.ProcessEnv = {}) {
  const program = run(process.execPath, ['src/cli/pier2-command.js', ...args], {
    DATABASE_URL: database.url,
    BACKUP_STORAGE: folder,
    ...settings,
  });
  return { code: await program.ends(), output: program.output() };
}

const backup = (...args: string[]) => pier2(['backup', ...args]);

describe('pier2 backup', () => {
  let archive: string;

  test('archives the default shop, verifies the archive, and lists it as verified', async () => {
    const made = await backup('create', '--json');
    expect(made.code).toBe(0);
    const { archives, storage } = JSON.parse(made.output);
    expect([storage, archives]).toEqual([
      folder,
      [
        expect.objectContaining({
          outcome: 'archived',
          name: expect.stringMatching(/^public\/\d{4}-.*Z\.tar\.zst$/),
          encrypted: false,
          verifiedAt: null,
        }),
      ],
    ]);
    archive = archives[0].name;
    expect(await backup('verify', archive)).toEqual({
      code: 0,
      output: expect.stringMatching(/^public\/.* is whole: default as it was at .*Z, [\d,]+ rows\.\n$/),
    });
    const { output } = await backup('list', '--json');
    expect(output).toMatch(/"verifiedAt": "\d{4}-/);
  });

  test('finds an archive out that has a byte more or less at its end', async () => {
    const file = join(folder, archive);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes, Buffer.of(0)]));
    expect(await backup('verify', archive)).toEqual({
      code: 1,
      output: expect.stringMatching(/its SHA-256 is \w+, and was \w+ when it was written: .*\n$/),
    });
    await writeFile(file, bytes.subarray(0, -1));
    expect(await backup('verify', archive)).toEqual({
      code: 1,
      output: expect.stringMatching(/: It is damaged or cut off after checksums\.json: unexpected end of file\.\n$/),
    });
    expect((await backup('list')).output).toMatch(/it has \d+ bytes, but was written with \d+/);
    await writeFile(file, bytes);
    expect((await backup('list', '--json')).output).toMatch(/"verifiedAt": null/);
    expect((await backup('verify', archive)).code).toBe(0);
  });

  test('removes older archives with a new one, of that shop alone, where it is told what to keep', async () => {
    expect((await backup('create')).output).not.toContain('Removed');
    expect(await backup('create', '--keep-last', '2')).toEqual({
      code: 0,
      // The verified one stays, though it is the third.
      output: expect.stringMatching(/^default: [^]*Archived 1 shop in .*\n$/),
    });
    const { output } = await backup('create', '--keep-last', '1', '--json');
    const { removed, archives } = JSON.parse(output);
    expect(removed).toHaveLength(2);
    const left = JSON.parse((await backup('list', '--json')).output) as { name: string }[];
    expect(left.map(({ name }) => name)).toEqual([archive, archives[0].name]);
  });

  test('archives all shops, whatever becomes of one of them', async () => {
    expect((await pier2(['tenants', 'create', 'Krikkit'])).code).toBe(0);
    await database.query(
      `insert into platform.tenants (id, name, schema, state) values (gen_random_uuid(), 'Nowhere', 'nowhere', 'ACTIVE')`,
    );
    expect(await backup('create', '--all')).toEqual({
      code: 1,
      output: expect.stringMatching(
        /Nowhere: The shop "Nowhere" has no tables yet, so there is nothing to archive\.\n[^]*Archived 2 shops in /,
      ),
    });
    await database.query(`delete from platform.tenants where name = 'Nowhere'`);
  });

  test('restores the last archive of a day, as the same shop or as a new one', async () => {
    await database.query('delete from stock_levels');
    const today = new Date().toISOString().slice(0, 10);
    expect(await backup('restore', '--date', today)).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^Restored default as it was at .*: [\d,]+ rows in .* s\.\nWhat it replaced is kept for a day in the schema pier2_replaced_\w+\.\nEverybody has to sign in again\.\n$/,
      ),
    });
    expect(await database.query('select from stock_levels limit 1')).toHaveLength(1);
    expect(await backup('restore', '--date', today, '--tenant', 'krikkit', '--as', 'Copy')).toMatchObject({
      code: 0,
      output: expect.stringContaining('It is the shop Copy in the schema tenant_copy, suspended'),
    });
  });

  test('writes archives that the tools of everybody open', async () => {
    const plain = zstdDecompressSync(await readFile(join(folder, archive)));
    const list = execFileSync('tar', ['t'], { input: plain }).toString();
    expect(list).toMatch(/^manifest\.json\n[^]*tables\/orders\/000001\.copy\n[^]*checksums\.json\n$/);
  });

  test('ends without a word when its reader has seen enough', async () => {
    const command = `"${process.execPath}" src/cli/pier2-command.js backup --help | true`;
    const program = run('/bin/bash', ['-o', 'pipefail', '-c', command], {});
    expect([await program.ends(), program.output()]).toEqual([0, '']);
  });

  test('makes keys', async () => {
    const { output } = await backup('generate-key');
    const keys = Object.fromEntries(
      output
        .trim()
        .split('\n')
        .map(line => line.split('=')),
    );
    const made = await pier2(['backup', 'create', '--json'], keys);
    const { archives } = JSON.parse(made.output);
    expect(archives[0]).toMatchObject({ encrypted: true, name: expect.stringMatching(/\.age$/) });
    expect((await pier2(['backup', 'verify', archives[0].name], keys)).code).toBe(0);
    expect(await backup('verify', archives[0].name)).toEqual({
      code: 1,
      output: `${archives[0].name}: It is encrypted, and no key is there to open it: set BACKUP_IDENTITIES.\n`,
    });
  });

  test('lists the databases of the server with their sizes', async () => {
    const { output } = await backup('list-databases', '--json');
    const name = new URL(database.url).pathname.slice(1);
    expect(JSON.parse(output)).toContainEqual({
      name,
      owner: expect.any(String),
      size: expect.any(Number),
      current: true,
    });
  });

  test('takes no database without a shop for one whose shops are archived', async () => {
    const empty = await createTestDatabase('empty');
    // The command makes it again, without tables.
    await empty.drop();
    for (const which of [[], ['--all']]) {
      expect(await pier2(['backup', 'create', ...which], { DATABASE_URL: empty.url })).toEqual({
        code: 1,
        output: 'The database has no shop, so there is nothing to archive; look at DATABASE_URL.\n',
      });
    }
    await empty.drop();
  });

  test.each([
    [['restore'], 1, /^Name the archive by its file, or by --date and the shop; "pier2 backup list" shows/],
    [['restore', 'public/none.tar.zst'], 1, /there is no such file; "pier2 backup list" shows those that there are/],
    [['restore', '--date', 'yesterday'], 1, /^"yesterday" is no date; give a day such as 2026-11-20/],
    [
      ['restore', '--date', '2020-01-01'],
      1,
      /has no archive of public from 2020-01-01T23:59:59.999Z or before; the first is/,
    ],
    [['create', '--tenant', 'Nobody'], 1, /^There is no shop "Nobody"/],
    [['create', '--tenant', 'default', '--all'], 1, /give one of them/],
    [
      ['restore', '--date', '2100-01-01', '--database', 'pg:secret'],
      1,
      /^--database should be a URL such as postgresql:.*\n$/,
    ],
    [
      ['restore', '--date', '2100-01-01', '--database', 'postgresql://me:secret@127.0.0.1:1/shop'],
      1,
      /^PostgreSQL at postgresql:\/\/me:\*\*\*@127.0.0.1:1\/shop can't be used: connect ECONNREFUSED.* Check --database, and that the server runs\.\n$/,
    ],
    [['restor'], 2, /^Unknown command 'restor'/],
  ])('says what is wrong with %j in a sentence', async (args, code, output) => {
    expect(await backup(...args)).toEqual({ code, output: expect.stringMatching(output) });
  });
});
