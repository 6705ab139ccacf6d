import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { archiveName } from '../../src/backup/archive-name.js';
import { writeSidecar } from '../../src/backup/sidecar.js';
import type { Storage } from '../../src/backup/storage/storage.js';
import { endPrograms, run } from '../support/process.js';
import { type S3Server, startS3 } from '../support/s3-server.js';
import { storageOf, stream } from './storage-fixtures.js';

// Each command takes a second or two to start.
jest.setTimeout(60_000);

const gold = { id: '019a5a3c-0000-7000-8000-000000000001', name: 'Heart of Gold', schema: 'tenant_heart_of_gold' };
const main = { id: '019a5a3c-0000-7000-8000-000000000002', name: 'default', schema: 'public' };

let folder: string;
let storage: Storage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-list-'));
  storage = await storageOf({ BACKUP_STORAGE: folder });
});
afterEach(async () => {
  await endPrograms();
  await rm(folder, { recursive: true });
});

async function backup(
  args: string[],
  settings: NodeJS.ProcessEnv = { BACKUP_STORAGE: folder },
): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'backup', ...args], settings);
  return { code: await program.ends(), output: program.output() };
}

/** Puts an archive into the storage whose content nobody reads here, and beside it what is told of it; gives its name. */
async function keep(
  tenant: typeof gold,
  time: string,
  { verified, encrypted = false, to = storage }: { verified?: string; encrypted?: boolean; to?: Storage } = {},
): Promise<string> {
  const createdAt = new Date(time);
  const name = archiveName({ schema: tenant.schema, createdAt }, encrypted);
  await to.write(name, stream('x'.repeat(1500)));
  await writeSidecar(to, name, {
    ...{ format: 1, tenant, createdAt, encrypted, projectVersion: '0.1.0', size: 1500, rows: 42 },
    migration: 'Migration20261121120000_notes',
    sha256: 'a'.repeat(64),
    verifiedAt: verified ? new Date(verified) : null,
  });
  return name;
}

const namesIn = async () => (await storage.list('')).map(({ name }) => name);

describe('pier2 backup list', () => {
  test('tells of each archive what it is of, and when it was found whole', async () => {
    const plain = await keep(main, '2026-11-20T02:00:00Z');
    const locked = await keep(gold, '2026-11-21T02:00:00Z', { verified: '2026-11-21T03:10:00Z', encrypted: true });
    const { code, output } = await backup(['list']);
    expect(code).toBe(0);
    expect(cellsOf(output)).toEqual([
      ['Shop', 'Made', 'Size', 'Migration', 'Encrypted', 'Verified', 'File'],
      ['default', '2026-11-20 02:00', '1.5 kB', '20261121120000_notes', 'no', 'no', plain],
      ['Heart of Gold', '2026-11-21 02:00', '1.5 kB', '20261121120000_notes', 'yes', '2026-11-21 03:10', locked],
    ]);
    const json = await backup(['list', '--tenant', 'heart of GOLD', '--json']);
    expect(JSON.parse(json.output)).toEqual([
      {
        ...{ name: locked, tenant: 'Heart of Gold', schema: 'tenant_heart_of_gold', size: 1500, rows: 42 },
        ...{ createdAt: '2026-11-21T02:00:00.000Z', verifiedAt: '2026-11-21T03:10:00.000Z', encrypted: true },
        ...{ migration: 'Migration20261121120000_notes', projectVersion: '0.1.0', problem: null },
        sha256: 'a'.repeat(64),
      },
    ]);
  });

  test('hides no archive of which nothing is told, or nothing that can be understood, or that has another size', async () => {
    const [lost, damaged, cut] = [
      await keep(gold, '2026-11-19T02:00:00Z', { verified: '2026-11-19T03:00:00Z' }),
      await keep(gold, '2026-11-20T02:00:00Z', { verified: '2026-11-20T03:00:00Z' }),
      await keep(gold, '2026-11-21T02:00:00Z', { verified: '2026-11-21T03:00:00Z' }),
    ];
    await storage.remove(`${lost}.json`);
    await writeFile(join(folder, `${damaged}.json`), '{"format": 1, "ten');
    await writeFile(join(folder, cut), 'x');
    await writeFile(join(folder, gold.schema, 'notes.txt'), 'Not one of ours.');
    const { output } = await backup(['list', '--tenant', 'Heart of Gold', '--json']);
    expect(JSON.parse(output)).toEqual([
      expect.objectContaining({
        name: lost,
        verifiedAt: null,
        problem: `nothing is told of it: ${lost}.json is missing`,
      }),
      expect.objectContaining({
        name: damaged,
        verifiedAt: null,
        problem: `what is told of it cannot be understood: ${damaged}.json is damaged`,
      }),
      expect.objectContaining({ name: cut, verifiedAt: null, problem: 'it has 1 bytes, but was written with 1500' }),
    ]);
    expect(cellsOf((await backup(['list'])).output)).toContainEqual([
      '?',
      '2026-11-19 02:00',
      '1.5 kB',
      '?',
      'no',
      'no',
      lost,
    ]);
  });

  test('says where it looked and found none', async () => {
    expect(await backup(['list'])).toEqual({
      code: 0,
      output: `There are no archives in ${folder} (BACKUP_STORAGE).\n`,
    });
    expect(await backup(['list', '--tenant', 'Magrathea'])).toEqual({
      code: 1,
      output: 'There is no archive of a shop "Magrathea"; "pier2 backup list" shows all archives that there are.\n',
    });
  });
});

describe('pier2 backup prune', () => {
  test('removes what no rule keeps, of each shop by itself, after --dry-run has told of it', async () => {
    const goldDays = [];
    for (const day of ['17', '18', '19', '20', '21']) {
      goldDays.push(
        await keep(gold, `2026-11-${day}T02:00:00Z`, day === '17' ? { verified: '2026-11-17T03:00:00Z' } : {}),
      );
    }
    const old = await keep(main, '2026-01-01T02:00:00Z');
    const before = await namesIn();

    const told = await backup(['prune', '--all', '--keep-daily', '2', '--keep-monthly', '1', '--dry-run']);
    expect(told.code).toBe(0);
    const [, ...rows] = cellsOf(told.output);
    expect(rows.map(row => [row.at(-2), row.at(-1)])).toEqual([
      [old, 'daily, monthly'],
      [goldDays[0], 'last verified'],
      [goldDays[1], 'removed'],
      [goldDays[2], 'removed'],
      [goldDays[3], 'daily'],
      [goldDays[4], 'daily, monthly'],
    ]);
    expect(told.output).toMatch(/\nWould remove 2 of 6 archives \(3 kB\); 4 stay\.\n$/);
    expect(await namesIn()).toEqual(before);

    const done = await backup(['prune', '--tenant', 'Heart of Gold', '--keep-daily', '2', '--keep-monthly', '1']);
    expect(done.output).toMatch(/\nRemoved 2 of 5 archives \(3 kB\); 3 stay\.\n$/);
    const stay = [old, goldDays[0], goldDays[3], goldDays[4]];
    expect(await namesIn()).toEqual(stay.flatMap(name => [name, `${name}.json`]));
    const again = await backup(['prune', '--all', '--keep-daily', '2', '--keep-monthly', '1', '--json']);
    expect(
      JSON.parse(again.output).map(({ name, removed, kept }: Record<string, unknown>) => [name, removed, kept]),
    ).toEqual([
      [old, false, ['daily', 'monthly']],
      [goldDays[0], false, ['last verified']],
      [goldDays[3], false, ['daily']],
      [goldDays[4], false, ['daily', 'monthly']],
    ]);
  });

  test('counts for itself a shop whose schema another one has today, and gives it those of which nothing is told', async () => {
    const successor = { ...gold, id: '019a5a3c-0000-7000-8000-000000000003' };
    const removed = await keep(gold, '2026-01-01T02:00:00Z');
    const untold = await keep(successor, '2026-11-20T02:00:00Z');
    const newest = await keep(successor, '2026-11-21T02:00:00Z');
    await keep(successor, '2026-11-19T02:00:00Z');
    await storage.remove(`${untold}.json`);
    await backup(['prune', '--all', '--keep-last', '1']);
    expect(await namesIn()).toEqual([removed, newest].flatMap(name => [name, `${name}.json`]));
  });

  test.each([
    [['--keep-last', '1'], 1, 'Say which shops: --tenant names one, and --all means all.\n'],
    [['--all', '--tenant', 'x', '--keep-last', '1'], 1, 'Say which shops: --tenant names one, and --all means all.\n'],
    [['--all'], 1, 'Nothing would be kept; say what is, such as --keep-daily 7 --keep-weekly 4.\n'],
    [
      ['--all', '--keep-daily', '0'],
      1,
      'Nothing would be kept; say what is, such as --keep-daily 7 --keep-weekly 4.\n',
    ],
    [['--all', '--keep-daily', '-1'], 2, /It should be a whole number from 0 up\./],
  ])('removes nothing by %j', async (args, code, output) => {
    const name = await keep(gold, '2026-11-21T02:00:00Z');
    expect(await backup(['prune', ...args])).toEqual({
      code,
      output: typeof output === 'string' ? output : expect.stringMatching(output),
    });
    expect(await namesIn()).toEqual([name, `${name}.json`]);
  });
});

describe('with S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    Object.assign(process.env, server.settings);
  });
  afterAll(() => server.close());

  test('the same commands work', async () => {
    const bucket = await storageOf(server.settings);
    await keep(gold, '2026-11-20T02:00:00Z', { to: bucket });
    const newest = await keep(gold, '2026-11-21T02:00:00Z', { to: bucket });
    const pruned = await backup(['prune', '--all', '--keep-last', '1'], server.settings);
    expect(pruned.output).toMatch(/\nRemoved 1 of 2 archives \(1\.5 kB\); 1 stays\.\n$/);
    const { output } = await backup(['list', '--json'], server.settings);
    expect(JSON.parse(output)).toEqual([expect.objectContaining({ name: newest, tenant: 'Heart of Gold' })]);
    bucket.close();
  });
});

/** The cells of a table that was printed, of each row the first line alone. */
function cellsOf(output: string): string[][] {
  const lines = output.split('\n').filter(line => line.startsWith('│'));
  const rows = lines.map(line =>
    line
      .split('│')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
  return rows.filter(([shop]) => shop);
}
