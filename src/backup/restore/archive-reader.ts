import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BackupError } from '../backup-error.js';
import type { BackupKeys } from '../archive/encryption.js';
import {
  type Checksums,
  entryNames,
  type Manifest,
  parseChecksums,
  parseManifest,
  partOf,
} from '../archive/manifest.js';
import { describeEntry, type PackedEntry, unpackArchive } from '../archive/unpack.js';

/** What was read of a table's rows. */
export interface ReadRows {
  bytes: number;
  sha256: string;
}

/** Bytes of a manifest or of checksums at the most: those of thousands of tables are far smaller. */
const maxJson = 64 * 1024 * 1024;

/** Reads an archive from its beginning to its end: first what it is of, then the rows of each table, then what they should be. */
export class ArchiveReader {
  #next: PackedEntry | undefined;

  private constructor(
    private readonly entries: AsyncGenerator<PackedEntry>,
    readonly manifest: Manifest,
  ) {}

  /** @throws BackupError when it is no archive, is damaged, or cannot be opened */
  static async open(content: Readable, keys: BackupKeys): Promise<ArchiveReader> {
    const entries = unpackArchive(content, keys);
    const { value: first } = (await entries.next()) as { value: PackedEntry | undefined };
    if (first?.name !== entryNames.manifest) {
      await entries.return(undefined);
      throw new BackupError('It is no archive of a shop: it does not begin with a manifest.');
    }
    const reader = new ArchiveReader(entries, parseManifest(await textOf(first)));
    await reader.#advance();
    return reader;
  }

  /** The rows of the table that comes next; `read` is told of them at their end. */
  async *rows(table: string, read: (rows: ReadRows) => void): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let bytes = 0;
    for (let part = 1; this.#next && partOf(this.#next.name)?.table === table; part += 1) {
      const { name, chunks } = this.#next;
      if (name !== entryNames.part(table, part)) {
        throw new BackupError(`It is damaged: ${entryNames.part(table, part)} is missing before ${name}.`);
      }
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
      await this.#advance();
    }
    read({ bytes, sha256: hash.digest('hex') });
  }

  /** What the rows should be, behind which nothing comes. */
  async checksums(): Promise<Checksums> {
    const last = this.#next;
    if (last?.name !== entryNames.checksums) {
      throw new BackupError(
        last
          ? `It is damaged: ${describeEntry(last.name)} stands where ${entryNames.checksums} should be.`
          : `It is cut off: ${entryNames.checksums}, with which it should end, is missing.`,
      );
    }
    const checksums = parseChecksums(await textOf(last));
    await this.#advance();
    return checksums;
  }

  async close(): Promise<void> {
    await this.entries.return(undefined);
  }

  async #advance(): Promise<void> {
    const { value } = (await this.entries.next()) as { value: PackedEntry | undefined };
    this.#next = value;
  }
}

async function textOf({ name, chunks }: PackedEntry): Promise<string> {
  const limited = async function* () {
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > maxJson) {
        throw new BackupError(`Its ${name} is too large to be one.`);
      }
      yield chunk;
    }
  };
  return (await buffer(limited())).toString();
}
