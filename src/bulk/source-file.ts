import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { BulkError } from './bulk-error.js';

const chunkBytes = 262_144;

/** A file that is imported. */
export class SourceFile {
  private constructor(
    readonly path: string,
    readonly size: number,
    /** The SHA-256 of its bytes, in hex. */
    readonly hash: string,
    private readonly changedAt: number,
  ) {}

  /**
   * Reads a file once, to know it again.
   * @throws BulkError when it cannot be read
   */
  static async open(path: string, signal: AbortSignal | undefined): Promise<SourceFile> {
    const { size, mtimeMs, isFile } = await look(path);
    if (!isFile) {
      throw new BulkError(
        `${path} is not a file, which an import needs to go on where it was interrupted; write it to one first.`,
      );
    }
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal })) {
      hash.update(chunk as Buffer);
    }
    return new SourceFile(path, size, hash.digest('hex'), mtimeMs);
  }

  /** Its bytes, from the beginning. `onRead` is told how many were read so far. */
  async *chunks(onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of createReadStream(this.path, { highWaterMark: chunkBytes })) {
      bytes += (chunk as Buffer).length;
      onRead(bytes);
      yield chunk as Buffer;
    }
  }

  /** @throws BulkError when the file is no longer the one that was opened */
  async refuseChange(): Promise<void> {
    const { size, mtimeMs } = await look(this.path);
    if (size !== this.size || mtimeMs !== this.changedAt) {
      throw new BulkError(
        `${this.path} was changed while it was imported; look at what was imported so far, and import the rest from a file that stays.`,
      );
    }
  }
}

async function look(path: string): Promise<{ size: number; mtimeMs: number; isFile: boolean }> {
  try {
    const stats = await stat(path);
    return { size: stats.size, mtimeMs: stats.mtimeMs, isFile: stats.isFile() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BulkError(
      code === 'ENOENT'
        ? `There is no file ${path}; check its name.`
        : `${path} cannot be read (${code}); check its rights.`,
    );
  }
}
