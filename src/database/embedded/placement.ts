import { createHash } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canDo, runAs, type Account, type Ids } from './account.js';
import { binariesBelow, type Binaries } from './binaries.js';

/** Where the data and the programs lie for the account that PostgreSQL runs under. */
export interface Placement {
  dataFolder: string;
  binaries: Binaries;
}

/**
 * Puts data and programs where the account can reach them. Mostly they stay where they are. Only when root has to turn
 * into another user that cannot enter the project's folder (a checkout below /root), they go to the system's folder for
 * temporary files, and `data` becomes a link to them.
 */
export async function placeFor(account: Account, folder: string, binaries: Binaries): Promise<Placement> {
  const dataFolder = join(folder, 'data');
  if (!account.ids) return { dataFolder, binaries };
  return {
    dataFolder: await placeData(account, account.ids, folder, dataFolder),
    binaries: (await canDo(account, '"$1" --version', binaries.postgres)) ? binaries : await copyBinaries(binaries),
  };
}

async function placeData(account: Account, ids: Ids, folder: string, dataFolder: string): Promise<string> {
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner?.uid === ids.uid && (await canDo(account, 'test -w "$1"', dataFolder))) return realpath(dataFolder);

  const found = await lstat(dataFolder).catch(() => undefined);
  if (!found?.isSymbolicLink() && (await canDo(account, 'test -x "$1"', dirname(folder)))) {
    await giveTo(ids, folder);
    return dataFolder;
  }

  const target = join(await makeOwnFolder(folder, ids), 'data');
  if (found?.isDirectory()) {
    await moveData(ids, dataFolder, target);
    return target;
  }
  if (owner) return realpath(dataFolder);
  // Neither data nor a link that leads to some: what an older folder of this name left there is outdated.
  await rm(target, { recursive: true, force: true });
  await rm(dataFolder, { force: true });
  await symlink(target, dataFolder);
  return target;
}

/** Takes the original away only when the copy has its place, so that an interruption never loses data. */
async function moveData(ids: Ids, dataFolder: string, target: string): Promise<void> {
  const copy = `${target}.copy`;
  await rm(copy, { recursive: true, force: true });
  await cp(dataFolder, copy, { recursive: true, verbatimSymlinks: true });
  await giveTo(ids, copy);
  await rm(target, { recursive: true, force: true });
  await rename(copy, target);
  const original = `${dataFolder}.moved`;
  await rename(dataFolder, original);
  await symlink(target, dataFolder);
  await rm(original, { recursive: true });
}

/** A folder of this account for this project, the same at each start. */
async function makeOwnFolder(folder: string, ids: Ids): Promise<string> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const own = join(await realpath(tmpdir()), `pier2-postgres-${hash}`);
  await mkdir(own, { mode: 0o700 }).catch(ignoreExisting);
  // Anyone may create files beside it, so its name alone proves nothing.
  const found = await lstat(own);
  if (!found.isDirectory() || ![0, ids.uid].includes(found.uid) || (found.mode & 0o077) !== 0) {
    throw new Error(`${own} was not made by us: look at it and remove it, or set TMPDIR to another folder.`);
  }
  await chown(own, ids.uid, ids.gid);
  return own;
}

/** One copy of the programs for all projects, which belongs to root, so that the accounts cannot change it. */
async function copyBinaries(binaries: Binaries): Promise<Binaries> {
  const temporary = await realpath(tmpdir());
  const shared = join(temporary, `pier2-postgres-${binaries.version}`);
  if (!(await lstat(shared).catch(() => undefined))) {
    const copy = await mkdtemp(`${shared}.`);
    await cp(binaries.root, copy, { recursive: true, verbatimSymlinks: true, filter: path => !path.endsWith('.a') });
    await mustRun('chmod', '-R', 'a+rX', copy);
    await chmod(copy, 0o755);
    // Another process may have been faster; then its copy is as good as ours.
    await rename(copy, shared).catch(() => rm(copy, { recursive: true }));
  }
  const found = await lstat(shared);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new Error(`${shared} was not made by us: look at it and remove it, or set TMPDIR to another folder.`);
  }
  return binariesBelow(shared, binaries);
}

async function giveTo(ids: Ids, folder: string): Promise<void> {
  await mustRun('chown', '-hR', `${ids.uid}:${ids.gid}`, folder);
}

async function mustRun(program: string, ...args: string[]): Promise<void> {
  const { ok, output } = await runAs({ prefix: [] }, program, args);
  if (!ok) throw new Error(`${program} failed: ${output}`);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
