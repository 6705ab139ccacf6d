import type { Readable } from 'node:stream';
import { BackupError } from '../backup-error.js';

/** A file of a storage. */
export interface StoredFile {
  /** Its path in the storage, with `/` between folders. */
  name: string;
  /** In bytes. */
  size: number;
  modified: Date;
}

/** Where archives are kept. Whatever fails is a {@link BackupError} that names the file and the place. */
export interface Storage {
  /** What people know it by, such as `s3://bucket/shops`. */
  readonly place: string;
  /** Writes a file, in place of one of that name, whole or not at all. */
  write(name: string, content: Readable): Promise<void>;
  read(name: string): Promise<Readable>;
  /** The files whose names begin so, sorted by name; `''` for all. */
  list(prefix: string): Promise<StoredFile[]>;
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>;
  close(): void;
}

/** What names of files end in that are not whole, in a folder. */
export const partialEnding = '.partial';

/** A word that is a file's or a folder's name in any storage: not `..`, and nothing that begins with a dot. */
export const plainWord = /^\w[\w.-]{0,199}$/;

/**
 * Lets a name through that is a path of plain words, so that none leads out of the storage.
 * @throws BackupError for any other
 */
export function plainName(name: string): string {
  if (!name.split('/').every(word => plainWord.test(word)) || name.endsWith(partialEnding)) {
    throw new BackupError(
      `"${name}" is no name of a backup's file: it should be words of letters, digits, "_", "-" and "." with "/" between them.`,
    );
  }
  return name;
}

/**
 * Lets the beginning of such a name through.
 * @throws BackupError for any other text
 */
export function plainPrefix(prefix: string): string {
  plainName(`${prefix}x`);
  return prefix;
}
