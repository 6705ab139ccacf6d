import type { Readable, TransformOptions } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, type ZstdOptions } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { type BackupKeys, encrypt } from './encryption.js';

/** A file within an archive. */
export interface Entry {
  name: string;
  data: Buffer;
}

const zstdOptions: ZstdOptions & TransformOptions = {
  chunkSize: 256 * 1024,
  params: { [constants.ZSTD_c_checksumFlag]: 1 },
  // One write at a time: where more wait at the end, Node adds an empty frame, and no reader misses that when it is cut off.
  writableHighWaterMark: 1,
};

/** Entries as the bytes of an archive: a tar, compressed by zstd and encrypted where there is somebody to encrypt it for. */
export async function packArchive(entries: AsyncIterable<Entry>, time: Date, keys: BackupKeys): Promise<Readable> {
  const tar = pack();
  const compressed = createZstdCompress(zstdOptions);
  // What goes wrong with either reaches whoever reads.
  void fill(tar, entries, time).catch((error: Error) => tar.destroy(error));
  void pipeline(chunksOf(tar), compressed).catch(() => {});
  return keys.recipients.length > 0 ? encrypt(compressed, keys) : compressed;
}

async function* chunksOf(tar: Pack): AsyncGenerator<Buffer> {
  yield* tar as AsyncIterable<Buffer>;
}

async function fill(tar: Pack, entries: AsyncIterable<Entry>, mtime: Date): Promise<void> {
  for await (const { name, data } of entries) {
    await new Promise<void>((resolve, reject) => {
      const entry = tar.entry({ name, mtime, mode: 0o600 }, data, error => (error ? reject(error) : resolve()));
      // It tells twice of what broke the tar off, and an error that nobody listens for would end the process.
      entry.on('error', reject);
    });
  }
  tar.finalize();
}
