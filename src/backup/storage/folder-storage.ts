import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../backup-error.js';
import { partialEnding, plainName, plainPrefix, plainWord, type Storage, type StoredFile } from './storage.js';

/** Nobody writes to a partial file so seldom: after this time it is what a killed run left behind. */
const leftoverAfter = 60 * 60 * 1000;

/** A stream may fail while its folder is made, when nothing listens yet. */
const toldByPipeline = () => undefined;

/** Archives in a folder of this machine, which only the account that writes them can read. */
export class FolderStorage implements Storage {
  readonly place: string;

  constructor(folder: string) {
    this.place = resolve(folder);
  }

  async write(name: string, content: Readable): Promise<void> {
    const path = this.#path(name);
    const folder = dirname(path);
    const partial = `${path}.${randomUUID()}${partialEnding}`;
    content.on('error', toldByPipeline);
    try {
      const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeLeftovers(folder);
      await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }));
      await rename(partial, path);
      await flushFolder(folder);
      if (firstMade) {
        await flushFolder(dirname(firstMade));
      }
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      // A stream that was not read from yet would wait for somebody who does.
      content.destroy();
      throw this.#explained(error, `write ${name}`);
    }
  }

  async read(name: string): Promise<Readable> {
    const stream = createReadStream(this.#path(name));
    try {
      await once(stream, 'open');
    } catch (error) {
      throw this.#explained(error, `read ${name}`);
    }
    return stream;
  }

  async list(prefix: string): Promise<StoredFile[]> {
    const names = await this.#namesIn(plainPrefix(prefix).replace(/[^/]*$/, ''));
    const wanted = names.filter(name => name.startsWith(prefix)).sort();
    const files = await Promise.all(wanted.map(name => this.#stat(name)));
    return files.filter(file => file !== undefined);
  }

  async remove(name: string): Promise<void> {
    try {
      await rm(this.#path(name), { force: true });
    } catch (error) {
      throw this.#explained(error, `remove ${name}`);
    }
  }

  close(): void {}

  #path(name: string): string {
    return join(this.place, plainName(name));
  }

  /** The names of all files in a folder, which is empty or ends in `/`, and in those in it; what nobody wrote here is passed over. */
  async #namesIn(folder: string): Promise<string[]> {
    const entries = await this.#entries(folder);
    const names = entries
      .filter(({ name }) => plainWord.test(name) && !name.endsWith(partialEnding))
      .map(async entry => {
        const name = folder + entry.name;
        return entry.isDirectory() ? this.#namesIn(`${name}/`) : entry.isFile() ? [name] : [];
      });
    return (await Promise.all(names)).flat();
  }

  async #entries(folder: string): Promise<Dirent[]> {
    try {
      return await readdir(join(this.place, folder), { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        return [];
      }
      throw this.#explained(error, 'list the files');
    }
  }

  /** What a file is, unless somebody removed it since it was listed. */
  async #stat(name: string): Promise<StoredFile | undefined> {
    try {
      const { size, mtime } = await stat(join(this.place, name));
      return { name, size, modified: mtime };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        return undefined;
      }
      throw this.#explained(error, `look at ${name}`);
    }
  }

  /** The failure of an action, with what to do; what the content itself threw stays as it is. */
  #explained(error: unknown, action: string): unknown {
    const remedy = remedies[codeOf(error) ?? ''];
    if (error instanceof BackupError || !remedy) {
      return error;
    }
    return new BackupError(`Cannot ${action} in the folder ${this.place} (BACKUP_STORAGE): ${remedy}`, {
      cause: error,
    });
  }
}

const remedies: Record<string, string | undefined> = {
  ENOENT: 'there is no such file; "pier2 backup list" shows those that there are.',
  EACCES: 'this account may not; give it the folder, or name another one.',
  EPERM: 'this account may not; give it the folder, or name another one.',
  EROFS: 'the disk can only be read; name a folder on another one.',
  ENOSPC: 'the disk is full; make room ("pier2 backup prune" removes old archives), or name a folder on another one.',
  EDQUOT: 'the quota of this account is used up; make room, or name a folder on another disk.',
  EFBIG:
    'the disk, or the limit of this process (ulimit -f), takes no file of that size; name a folder on another disk.',
  ENOTDIR: 'a file stands where a folder should be; move it away, or name another folder.',
  EEXIST: 'a file stands where a folder should be; move it away, or name another folder.',
};

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(partialEnding)) {
      // No reason to make no backup: another run may just have removed it, or another account may own it.
      await removeOld(join(folder, name)).catch(() => undefined);
    }
  }
}

async function removeOld(path: string): Promise<void> {
  const { mtimeMs } = await stat(path);
  if (mtimeMs < Date.now() - leftoverAfter) {
    await rm(path);
  }
}

/** Makes new names in a folder last through a loss of power. Windows has no such thing for folders. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
