import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Storage } from '../../src/backup/storage/storage.js';
import { endPrograms, run } from '../support/process.js';
import { type S3Server, startS3 } from '../support/s3-server.js';
import { contentOf, hashOf, mebibytes, storageOf, stream } from './storage-fixtures.js';

let folder: string;
let server: S3Server;
beforeAll(async () => {
  server = await startS3();
  Object.assign(process.env, server.settings);
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pier2-storage-'));
});
afterEach(async () => {
  await endPrograms();
  await rm(folder, { recursive: true });
});

describe.each([
  ['a folder', () => storageOf({ BACKUP_STORAGE: `${folder}/backups` })],
  ['S3', () => storageOf(server.settings)],
])('%s as storage', (_, open) => {
  let storage: Storage;
  beforeEach(async () => {
    storage = await open();
  });
  afterEach(async () => {
    for (const { name } of await storage.list('')) {
      await storage.remove(name);
    }
    storage.close();
  });

  test('has nothing at first', async () => {
    expect(await storage.list('')).toEqual([]);
  });

  test('gives back what was written, of any length', async () => {
    await storage.write('public/empty', Readable.from([]));
    await storage.write('public/short', stream('Don’t panic'));
    await storage.write('public/long', mebibytes(40));
    expect(await contentOf(storage, 'public/empty')).toBe('');
    expect(await contentOf(storage, 'public/short')).toBe('Don’t panic');
    expect(await hashOf(await storage.read('public/long'))).toBe(await hashOf(mebibytes(40)));
  });

  test('puts a file in the place of one of its name', async () => {
    await storage.write('public/a', stream('old and long'));
    await storage.write('public/a', stream('new'));
    expect(await contentOf(storage, 'public/a')).toBe('new');
    expect(await storage.list('')).toHaveLength(1);
  });

  test('lists files by their names, all or those that begin so, with sizes and times', async () => {
    const before = Date.now() - 2000;
    for (const name of ['tenant_b/2', 'tenant_a/1', 'tenant_b/1.json', 'tenant_b/1', 'tenant_bc/1']) {
      await storage.write(name, stream(name));
    }
    const names = async (prefix: string) => (await storage.list(prefix)).map(({ name }) => name);
    expect(await names('')).toEqual(['tenant_a/1', 'tenant_b/1', 'tenant_b/1.json', 'tenant_b/2', 'tenant_bc/1']);
    expect(await names('tenant_b/')).toEqual(['tenant_b/1', 'tenant_b/1.json', 'tenant_b/2']);
    expect(await names('tenant_b/1')).toEqual(['tenant_b/1', 'tenant_b/1.json']);
    expect(await names('tenant_b')).toHaveLength(4);
    expect(await names('tenant_c/')).toEqual([]);
    const [file] = await storage.list('tenant_b/1.json');
    expect(file).toMatchObject({ name: 'tenant_b/1.json', size: 15 });
    expect(file!.modified.getTime()).toBeGreaterThan(before);
  });

  test('removes a file, and minds none that is gone', async () => {
    await storage.write('public/a', stream('a'));
    await storage.remove('public/a');
    await storage.remove('public/a');
    expect(await storage.list('')).toEqual([]);
  });

  test.each([0, 1, 40])('keeps what was there, and nothing else, when content fails after %d MiB', async count => {
    await storage.write('public/a', stream('whole'));
    const failure = new Error('The snapshot is gone.');
    await expect(storage.write('public/a', mebibytes(count, failure))).rejects.toBe(failure);
    await expect(storage.write('public/b', mebibytes(count, failure))).rejects.toBe(failure);
    expect(await contentOf(storage, 'public/a')).toBe('whole');
    expect((await storage.list('')).map(({ name }) => name)).toEqual(['public/a']);
  });

  test('says so when content had failed before', async () => {
    const content = mebibytes(1);
    content.destroy(new Error('too late'));
    await expect(storage.write('public/a', content)).rejects.toThrow('too late');
    expect(await storage.list('')).toEqual([]);
  });

  test('says where there is no such file', async () => {
    await expect(storage.read('public/nothing')).rejects.toThrow(
      `there is no such file; "pier2 backup list" shows those that there are.`,
    );
    await expect(storage.read('public/nothing')).rejects.toThrow(storage.place);
  });

  test.each([
    ...['', '.', '..', '../a', 'a/../../b', '/etc/passwd', 'a//b', 'a/', 'a\\b', 'C:a', 'a\0b', 'a\nb', 'ä', '.ssh/a'],
    ...['a/.hidden', 'a.partial', 'x'.repeat(300)],
  ])('refuses the name %j', async name => {
    const refusal = /^".*" is no name of a backup's file/s;
    await expect(storage.write(name, stream('x'))).rejects.toThrow(refusal);
    await expect(storage.read(name)).rejects.toThrow(refusal);
    await expect(storage.remove(name)).rejects.toThrow(refusal);
  });

  test.each(['..', '../', '/', 'a/../../', 'a\0'])('refuses to list what begins with %j', async prefix => {
    await expect(storage.list(prefix)).rejects.toThrow(/is no name of a backup's file/);
  });
});

describe('a folder', () => {
  const settings = () => ({ BACKUP_STORAGE: `${folder}/backups` });
  const filesIn = async (path: string) => (await readdir(join(folder, 'backups', path))).sort();

  test('is closed to other accounts, and so are its files', async () => {
    const storage = await storageOf(settings());
    await storage.write('tenant_a/1', stream('a'));
    const modes = await Promise.all(['', 'tenant_a', 'tenant_a/1'].map(path => stat(join(folder, 'backups', path))));
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '700', '600']);
  });

  test('never lists what a killed run left behind, and is rid of it an hour later', async () => {
    const program = run(process.execPath, [
      ...['--import', '@oxc-node/core/register', '--input-type=module', '--eval'],
      `import { Readable } from 'node:stream';
       import { FolderStorage } from './src/backup/storage/folder-storage.ts';
       const endless = async function* () {
         for (let count = 0; ; count += 1) {
           yield Buffer.alloc(65536);
           if (count === 3) console.log('writing');
           if (count > 3) await new Promise(resolve => setTimeout(resolve, 10));
         }
       };
       await new FolderStorage(${JSON.stringify(settings().BACKUP_STORAGE)}).write('tenant_a/1', Readable.from(endless()));`,
    ]);
    await program.sees(/writing/);
    process.kill(program.process.pid!, 'SIGKILL');
    await program.ends();

    const storage = await storageOf(settings());
    const [leftover, ...others] = await filesIn('tenant_a');
    expect(leftover).toMatch(/^1\..*\.partial$/);
    expect(others).toEqual([]);
    expect(await storage.list('')).toEqual([]);
    await storage.write('tenant_a/2', stream('2'));
    expect(await filesIn('tenant_a')).toEqual([leftover, '2']);
    const hourAgo = new Date(Date.now() - 61 * 60 * 1000);
    await utimes(join(folder, 'backups/tenant_a', leftover!), hourAgo, hourAgo);
    await storage.write('tenant_a/3', stream('3'));
    expect(await filesIn('tenant_a')).toEqual(['2', '3']);
  });

  test('lists its own files alone, whatever else stands there', async () => {
    const storage = await storageOf(settings());
    await storage.write('tenant_a/1', stream('1'));
    await mkdir(join(folder, 'backups/lost+found'));
    await writeFile(join(folder, 'backups/lost+found/#42'), '');
    await symlink('/nowhere', join(folder, 'backups/tenant_a/link'));
    expect((await storage.list('')).map(({ name }) => name)).toEqual(['tenant_a/1']);
  });

  test('says what to do where a file stands in its place', async () => {
    await writeFile(join(folder, 'backups'), '');
    const storage = await storageOf(settings());
    await expect(storage.write('tenant_a/1', stream('1'))).rejects.toThrow(
      `Cannot write tenant_a/1 in the folder ${folder}/backups (BACKUP_STORAGE): a file stands where a folder should be; move it away, or name another folder.`,
    );
    await expect(storage.list('')).rejects.toThrow(/a file stands where a folder should be/);
  });

  // Where an account may mount a small disk of its own.
  const small = ['--user', '--map-root-user', '--mount'];
  const testWithDisk = spawnSync('unshare', [...small, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status
    ? test.skip
    : test;

  testWithDisk('says what to do when the disk is full, and leaves nothing there', async () => {
    const program = run('unshare', [
      ...[...small, 'bash', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', folder, process.execPath],
      ...['--import', '@oxc-node/core/register', '--input-type=module', '--eval'],
      `import { readdirSync } from 'node:fs';
       import { Readable } from 'node:stream';
       import { FolderStorage } from './src/backup/storage/folder-storage.ts';
       const storage = new FolderStorage(${JSON.stringify(settings().BACKUP_STORAGE)});
       const content = Readable.from(function* () { for (let i = 0; i < 64; i += 1) yield Buffer.alloc(65536); }());
       await storage.write('tenant_a/1', content).catch(error => console.log(error.message));
       console.log(readdirSync(storage.place + '/tenant_a').length + ' files');`,
    ]);
    await program.ends();
    expect(program.output()).toBe(
      `Cannot write tenant_a/1 in the folder ${folder}/backups (BACKUP_STORAGE): the disk is full; make room ("pier2 backup prune" removes old archives), or name a folder on another one.\n0 files\n`,
    );
  });
});
