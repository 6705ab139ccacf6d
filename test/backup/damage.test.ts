import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BackupKeys, encrypt, generateKey } from '../../src/backup/archive/encryption.js';
import { type Checksums, entryNames } from '../../src/backup/archive/manifest.js';
import { type Entry, packArchive } from '../../src/backup/archive/pack.js';
import { unpackArchive } from '../../src/backup/archive/unpack.js';
import { createBackup } from '../../src/backup/create-backup.js';
import { readBuild } from '../../src/migrate/build.js';
import type { Storage } from '../../src/backup/storage/storage.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Backups, contentsOf, schemasOfRestores, startBackups } from './backup-fixtures.js';

jest.setTimeout(240_000);

const noKeys: BackupKeys = { recipients: [], identities: [] };

let database: TestDatabase;
let backups: Backups;
let whole: Buffer;
let contents: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase('sample');
  backups = await startBackups();
  const { name } = await backups.create(database.url, 'public');
  whole = await buffer(await backups.storage.read(name));
  contents = await contentsOf(database.url, 'public');
});
afterAll(async () => {
  await database.drop();
  await backups.close();
});

const restore = (bytes: Buffer, keys = noKeys) => backups.restore(database.url, Readable.from([bytes]), { keys });

async function expectUntouched(): Promise<void> {
  expect(await contentsOf(database.url, 'public')).toEqual(contents);
  expect(await schemasOfRestores(database.url)).toEqual([]);
}

/** The archive with its entries changed. */
async function changed(change: (entries: Entry[]) => Entry[]): Promise<Buffer> {
  const entries: Entry[] = [];
  for await (const { name, chunks } of unpackArchive(Readable.from([whole]), noKeys)) {
    entries.push({ name, data: await buffer(chunks) });
  }
  return buffer(await packArchive(Readable.from(change(entries)), new Date(), noKeys));
}

const withRow = (table: string, change: (text: string) => string) =>
  changed(entries =>
    entries.map(({ name, data }) =>
      name.startsWith(`tables/${table}/`) ? { name, data: Buffer.from(change(data.toString())) } : { name, data },
    ),
  );

/** The archive with a table's rows and what is told of them changed. */
const withTold = (table: string, change: (text: string, told: Checksums['tables'][string]) => string) =>
  changed(entries => {
    const rows = entries.find(({ name }) => name === entryNames.part(table, 1))!;
    const checksums = entries.at(-1)!;
    const told = JSON.parse(checksums.data.toString()) as Checksums;
    rows.data = Buffer.from(change(rows.data.toString(), told.tables[table]!));
    checksums.data = Buffer.from(JSON.stringify(told));
    return entries;
  });

describe('An archive that is not as it was written', () => {
  test.each([0, 0.1, 0.5, 0.9, 0.99])('is refused where it is cut off at %d of its length', async part => {
    const bytes = whole.subarray(0, Math.floor(whole.length * part));
    await expect(restore(bytes)).rejects.toThrow(/^It is damaged or cut off .*unexpected end/);
    await expectUntouched();
  });

  test.each(['plain', 'encrypted'])('is refused where as little as its last byte is missing: %s', async how => {
    const { recipient, identity } = await generateKey();
    const keys = how === 'plain' ? noKeys : { recipients: [recipient], identities: [identity] };
    const { name } = await backups.create(database.url, 'public', keys);
    const bytes = await buffer(await backups.storage.read(name));
    await expect(restore(bytes.subarray(0, -1), keys)).rejects.toThrow(/^It is damaged or cut off /);
    // As if it had been cut off before it was compressed.
    const content = Readable.from([zstdCompressSync(zstdDecompressSync(whole).subarray(0, -1024))]);
    const withoutEnd = await buffer(how === 'plain' ? content : await encrypt(content, keys));
    await expect(restore(withoutEnd, keys)).rejects.toThrow(
      /^It is damaged or cut off after checksums\.json: unexpected end of the tar\.$/,
    );
    await expectUntouched();
  });

  test('is refused where a byte is another one, wherever that is', async () => {
    for (let place = 0; place < 12; place += 1) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(((place + 0.5) / 12) * bytes.length);
      bytes[at] = bytes[at]! ^ 1;
      await expect(restore(bytes)).rejects.toThrow(/^It is /);
    }
    await expectUntouched();
  });

  test('is refused with the table that is another one', async () => {
    await expect(restore(await withRow('stores', text => text.replace(/[a-z]/g, 'x')))).rejects.toThrow(
      /^It failed while loading the table stores: /,
    );
    await expect(restore(await withRow('customers', text => text.replace(/[A-Z]/, 'Q')))).rejects.toThrow(
      /^It is damaged in the table customers: it has \d+ rows in \d+ bytes with the SHA-256 \w+, and should have /,
    );
    await expect(restore(await withRow('customers', text => text.replace(/.*\n/, '')))).rejects.toThrow(
      /^It is damaged in the table customers: it has \d+ rows .* and should have \d+ rows/,
    );
    await expect(restore(await withRow('orders', text => `${text}x`))).rejects.toThrow(
      /^It failed while loading the table orders: .*COPY orders, line \d+.*Nothing was changed\.$/s,
    );
    await expect(
      restore(await changed(entries => entries.filter(({ name }) => !name.startsWith('tables/customers/')))),
    ).rejects.toThrow(/^It is damaged in the table customers: it has 0 rows/);
    await expect(restore(await changed(entries => entries.slice(0, -1)))).rejects.toThrow(
      'It is cut off: checksums.json, with which it should end, is missing.',
    );
    await expectUntouched();
  });

  test('is refused with the part of the table in which it is cut off', async () => {
    const tar = zstdDecompressSync(whole);
    const end = tar.indexOf('tables/orders/000001.copy') + 1000;
    await expect(restore(zstdCompressSync(tar.subarray(0, end)))).rejects.toThrow(
      /^It is damaged or cut off in the table orders, part 1 \(tables\/orders\/000001\.copy\): /,
    );
    await expectUntouched();
  });

  test('is refused where it tells something else of a table, or rows are not as the database has them', async () => {
    for (const number of ['rows', 'bytes'] as const) {
      const changedNumber = withTold('customers', (text, told) => {
        told[number] += 1;
        return text;
      });
      await expect(restore(await changedNumber)).rejects.toThrow(
        /^It is damaged in the table customers: it has \d+ rows/,
      );
    }
    const escaped = withTold('customers', (text, told) => {
      const other = text.replace(/^./, first => `\\x${first.charCodeAt(0).toString(16)}`);
      told.bytes = Buffer.byteLength(other);
      told.sha256 = createHash('sha256').update(other).digest('hex');
      return other;
    });
    await expect(restore(await escaped)).rejects.toThrow(
      'The rows of the table customers came out of the database otherwise than they went in, so nothing was restored.',
    );
    await expectUntouched();
  });

  test('is refused where it is something else, or of a form that is not known yet', async () => {
    await expect(restore(Buffer.from('select 1'))).rejects.toThrow(/^It is damaged or cut off at its beginning/);
    await expect(restore(await changed(entries => entries.slice(1)))).rejects.toThrow('It is no archive of a shop');
    const newer = changed(([manifest, ...others]) => [
      {
        ...manifest!,
        data: Buffer.from(manifest!.data.toString().replace('"formatVersion": 1', '"formatVersion": 2')),
      },
      ...others,
    ]);
    await expect(restore(await newer)).rejects.toThrow(
      'The archive has the form 2, and this build reads those up to 1; restore it by the build that wrote it (0.1.0) or a later one.',
    );
    await expectUntouched();
  });
});

describe('An encrypted archive', () => {
  test('is opened by one of its keys alone, and refused where it is damaged', async () => {
    const [key, other] = [await generateKey(), await generateKey()];
    const both = { recipients: [other.recipient, key.recipient], identities: [key.identity] };
    const { name, encrypted } = await backups.create(database.url, 'public', both);
    expect([name.endsWith('.tar.zst.age'), encrypted]).toEqual([true, true]);
    const bytes = await buffer(await backups.storage.read(name));
    await expect(restore(bytes)).rejects.toThrow(
      'It is encrypted, and no key is there to open it: set BACKUP_IDENTITIES.',
    );
    const wrong = { recipients: [], identities: [(await generateKey()).identity] };
    await expect(restore(bytes, wrong)).rejects.toThrow('none of the keys in BACKUP_IDENTITIES opens it');
    await expect(restore(bytes.subarray(0, -1), both)).rejects.toThrow(/^It is damaged or cut off/);
    bytes[bytes.length - 100]! ^= 1;
    await expect(restore(bytes, both)).rejects.toThrow(/^It is damaged or cut off/);
    await expectUntouched();
    expect(await backups.verify(database.url, name, both)).toMatchObject({ tenant: 'default' });
  });
});

describe('Where there is no room', () => {
  test('for the archive, nothing is left of it', async () => {
    const full: Storage = {
      place: 'a full disk',
      write: (_name, content) =>
        pipeline(
          content,
          new Writable({
            write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
          }),
        ),
      read: () => Promise.reject(new Error('nothing is there')),
      list: () => Promise.resolve([]),
      remove: () => Promise.resolve(),
      close: () => {},
    };
    await expect(createBackup(database.url, await readBuild(), 'public', full, { keys: noKeys })).rejects.toMatchObject(
      {
        code: 'ENOSPC',
      },
    );
    // The connection that read is gone, too.
    const holding = `select from pg_stat_activity where datname = current_database() and query ilike 'copy%'`;
    while ((await database.query(holding)).length > 0) {
      // It notices.
    }
  });

  test('for what is restored, it says so, and nothing is changed', async () => {
    await database.query(
      `insert into customers (id, first_name, last_name, email)
       select gen_random_uuid(), 'Clone', n::text, n || '@clones.example' from generate_series(1, 30000) n`,
    );
    contents = await contentsOf(database.url, 'public');
    const { name } = await backups.create(database.url, 'public');
    const [{ own }] = (await database.query<{ own: string }>('select current_database() as own')) as [{ own: string }];
    // What sorts keys for an index may use no disk.
    await database.query(`alter database "${own}" set temp_file_limit to 0`);
    await database.query(`alter database "${own}" set maintenance_work_mem to '1MB'`);
    await expect(backups.restore(database.url, name)).rejects.toThrow(
      /^It failed while making keys and indexes \(.*\): temporary file size exceeds "temp_file_limit" \(0kB\).*Nothing was changed\.$/s,
    );
    await database.query(`alter database "${own}" reset all`);
    await expectUntouched();
  });
});
