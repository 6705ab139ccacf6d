import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { BulkError } from './bulk-error.js';
import { readLines } from './line-reader.js';
import type { RefusedRow } from './refusal.js';

/** A file of all refused rows of an import, one JSON object a line, also over an interruption. */
export class RefusedFile {
  private constructor(private readonly handle: FileHandle) {}

  /**
   * Opens the file for an import that goes on after some lines: what it says of those stays, all else goes.
   * @throws BulkError when it cannot be written
   */
  static async open(path: string, linesDone: number): Promise<RefusedFile> {
    try {
      const next = `${path}.part`;
      const handle = await open(next, 'w');
      for await (const kept of linesDone > 0 ? rowsOf(path, linesDone) : []) {
        await handle.write(kept);
      }
      await rename(next, path);
      return new RefusedFile(handle);
    } catch (error) {
      throw new BulkError(
        `${path} cannot be written (${(error as NodeJS.ErrnoException).code}); give another file to --errors.`,
      );
    }
  }

  /** Adds rows. */
  async write(rows: readonly RefusedRow[]): Promise<void> {
    if (rows.length > 0) {
      await this.handle.write(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
    }
  }

  /** Closes it. */
  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What a file says of the lines that are done. What an interruption tore off is left out. */
async function* rowsOf(path: string, linesDone: number): AsyncGenerator<string> {
  try {
    for await (const lines of readLines(createReadStream(path), 0)) {
      const kept = lines.filter(({ text }) => typeof text === 'string' && lineOf(text) <= linesDone);
      yield kept.map(({ text }) => `${text as string}\n`).join('');
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}

function lineOf(text: string): number {
  try {
    return (JSON.parse(text) as RefusedRow).line;
  } catch {
    return Infinity;
  }
}
