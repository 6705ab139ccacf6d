import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { type BackupKeys, encrypt } from './encryption.js';

/** A file within an archive. */
export interface Entry {
  name: string;
  data: Buffer;
}

const chunkSize = 256 * 1024;

/** Entries as the bytes of an archive: a tar, compressed by zstd and encrypted where there is somebody to encrypt it for. */
export async function packArchive(entries: AsyncIterable<Entry>, time: Date, keys: BackupKeys): Promise<Readable> {
  const tar = pack();
  const compressed = createZstdCompress({ chunkSize, params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  // What goes wrong with either reaches whoever reads.
  void fill(tar, entries, time).catch((error: Error) => tar.destroy(error));
  void pipeline(Readable.from(tar, { objectMode: false }), compressed).catch(() => {});
  return keys.recipients.length > 0 ? encrypt(compressed, keys) : compressed;
}

async function fill(tar: Pack, entries: AsyncIterable<Entry>, mtime: Date): Promise<void> {
  for await (const { name, data } of entries) {
    await new Promise<void>((resolve, reject) => {
      tar.entry({ name, mtime, mode: 0o600 }, data, error => (error ? reject(error) : resolve()));
    });
  }
  tar.finalize();
}
