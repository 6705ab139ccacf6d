import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { openStorage } from '../../src/backup/storage/open-storage.js';
import type { Storage } from '../../src/backup/storage/storage.js';
import { loadConfig } from '../../src/config.js';

const mebibyte = 1024 * 1024;

/** The storage that settings name. */
export function storageOf(settings: NodeJS.ProcessEnv): Promise<Storage> {
  return openStorage(loadConfig(settings).backup.storage);
}

/** A stream of so many mebibytes, each different, that fails at its end when it should. */
export function mebibytes(count: number, failure?: Error): Readable {
  return Readable.from(
    (async function* () {
      for (let index = 0; index < count; index += 1) {
        yield Buffer.alloc(mebibyte, index);
      }
      if (failure) {
        throw failure;
      }
    })(),
  );
}

/** A stream of a text. */
export function stream(text: string): Readable {
  return Readable.from([Buffer.from(text)]);
}

/** What a file holds. */
export async function contentOf(storage: Storage, name: string): Promise<string> {
  return (await buffer(await storage.read(name))).toString();
}

/** The hash of what a stream brings, which need not fit in memory. */
export async function hashOf(content: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
