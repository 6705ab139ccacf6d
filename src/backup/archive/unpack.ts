import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { BackupError } from '../backup-error.js';
import { type BackupKeys, decrypt } from './encryption.js';
import { partOf } from './manifest.js';

/** A file within an archive, which has to be read before the next one. */
export interface PackedEntry {
  name: string;
  chunks: AsyncIterable<Buffer>;
}

const chunkSize = 256 * 1024;

/** What a tar ends with; the library takes one for whole without it. */
const endOfTar = Buffer.alloc(1024);

/**
 * The entries of an archive, one after the other.
 * @throws BackupError that says where it is damaged, or why it cannot be opened
 */
export async function* unpackArchive(content: Readable, keys: BackupKeys): AsyncGenerator<PackedEntry> {
  let place = 'at its beginning';
  const explained = async function* <Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      throw explain(error as Error, place);
    }
  };
  const tar = extract();
  const decompressed = createZstdDecompress({ chunkSize });
  try {
    const plain = await decrypt(content, keys);
    void pipeline(plain, decompressed).catch(() => {});
    void feed(tar, decompressed).catch((error: Error) => tar.destroy(error));
    for await (const entry of explained(tar)) {
      const { name } = entry.header;
      place = `in ${describeEntry(name)}`;
      yield { name, chunks: explained(entry as AsyncIterable<Buffer>) };
      place = `after ${describeEntry(name)}`;
    }
  } catch (error) {
    throw explain(error as Error, place);
  } finally {
    content.destroy();
    decompressed.destroy();
    tar.destroy();
  }
}

/** An entry of an archive, for people. */
export function describeEntry(name: string): string {
  const part = partOf(name);
  return part ? `the table ${part.table}, part ${part.part} (${name})` : name;
}

async function feed(tar: Extract, content: Readable): Promise<void> {
  let end: Buffer = Buffer.alloc(0);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    end = (chunk.length < endOfTar.length ? Buffer.concat([end, chunk]) : chunk).subarray(-endOfTar.length);
    if (!tar.write(chunk)) {
      await once(tar, 'drain');
    }
  }
  if (!end.equals(endOfTar)) {
    throw new Error('unexpected end of the tar');
  }
  tar.end(undefined);
}

/** What the libraries say of bytes that are not those that were written. */
function explain(error: Error & { code?: string }, place: string): Error {
  if (error instanceof BackupError || /^E(?!RR_)/.test(error.code ?? '')) {
    return error;
  }
  return new BackupError(`It is damaged or cut off ${place}: ${error.message}.`, { cause: error });
}
