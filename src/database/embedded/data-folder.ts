import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runAs, type Account } from './account.js';
import { majorVersion, type Binaries } from './binaries.js';
import { superuser } from './connection.js';
import type { Placement } from './placement.js';

/** Tells whether there is a data folder, and refuses one that these programs cannot serve. */
export async function checkDataFolder(dataFolder: string, binaries: Binaries): Promise<boolean> {
  const files = await readdir(dataFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [] as string[];
  });
  if (files.length === 0) return false;
  const remedy = `To begin with an empty database, delete ${dataFolder}.`;
  if (!files.includes('PG_VERSION')) {
    throw new Error(`${dataFolder} is not a PostgreSQL data folder: its file PG_VERSION is missing. ${remedy}`);
  }
  const found = (await readFile(join(dataFolder, 'PG_VERSION'), 'utf8')).trim();
  const wanted = majorVersion(binaries);
  if (found !== wanted) {
    throw new Error(
      `${dataFolder} was made by PostgreSQL ${found}, and this is PostgreSQL ${wanted}, which cannot read it. ` +
        `To keep the data, back them up with the version of this project that made them. ${remedy}`,
    );
  }
  return true;
}

/**
 * Creates the data folder, with one superuser and a random password, which it writes to the password file.
 * It is made beside its place and put there as a whole, so that an interruption leaves no half of one.
 */
export async function createDataFolder(account: Account, place: Placement, passwordFile: string): Promise<void> {
  const workFolder = `${place.dataFolder}.new`;
  await rm(workFolder, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(workFolder, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  const passwordForInitdb = join(workFolder, 'password');
  for (const file of [passwordFile, passwordForInitdb]) {
    await rm(file, { force: true });
    await writeFile(file, password, { mode: 0o600 });
    if (account.ids) await chown(file, account.ids.uid, account.ids.gid);
  }
  if (account.ids) await chown(workFolder, account.ids.uid, account.ids.gid);

  const { ok, output } = await runAs(account, place.binaries.initdb, [
    `--pgdata=${join(workFolder, 'data')}`,
    `--username=${superuser}`,
    `--pwfile=${passwordForInitdb}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider exists on every machine and sorts alike on all of them.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]);
  if (!ok) throw new Error(`PostgreSQL could not create its data folder ${place.dataFolder}. initdb said:\n${output}`);
  await rename(join(workFolder, 'data'), place.dataFolder);
  await rm(workFolder, { recursive: true, maxRetries: 5 });
}

/** The superuser's password. */
export async function readPassword(passwordFile: string, dataFolder: string): Promise<string> {
  return readFile(passwordFile, 'utf8').catch((cause: unknown) => {
    const remedy = `Put it back, or delete ${dataFolder} to begin with an empty database.`;
    throw new Error(`The file ${passwordFile} with the password for ${dataFolder} cannot be read. ${remedy}`, {
      cause,
    });
  });
}
