import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseAccount } from './account.js';
import { findBinaries, type Binaries } from './binaries.js';
import { superuser, type Connection } from './connection.js';
import { checkDataFolder, createDataFolder, readPassword } from './data-folder.js';
import { withFolderLock } from './folder-lock.js';
import { placeFor } from './placement.js';
import { joinServer, startServer, stopServer } from './server.js';

export interface EmbeddedPostgresOptions {
  /** Holds everything: data folder, password file, the server's log. Created when missing, for its owner alone. */
  folder: string;
  /** Settings of postgresql.conf for a start, such as `{ fsync: 'off' }`; a running server keeps its own. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** Connection URL of a database of this server; the server begins with the database `postgres` alone. */
  url(database: string): string;
  /** The server's version, such as 18.4. */
  version: string;
  /** Leaves the server, and stops it when nobody else uses it. Calling it again does nothing more. */
  release(): Promise<void>;
}

/** Each user of a server holds one connection of this name. It ends with its process, however that ends. */
const leaseName = 'pier2 lease';

/**
 * Joins the PostgreSQL server of this folder when it is running, else starts it, on a data folder that it creates first
 * when there is none. Several processes may use one folder at once; the one that leaves last stops the server.
 */
export async function acquireEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(dirname(resolve(options.folder)), { recursive: true });
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const folder = await realpath(options.folder);
  const binaries = await findBinaries();
  const lease = await withFolderLock(folder, async () => {
    const exists = await checkDataFolder(join(folder, 'data'), binaries);
    const running = exists ? await connectTo(folder) : undefined;
    return running ?? start(folder, exists, binaries, options.settings ?? {});
  });
  const { rows } = await lease.query<{ version: string }>(`select current_setting('server_version') as version`);
  const { port, password } = lease;

  let left: Promise<void> | undefined;
  const release = () => {
    process.off('beforeExit', releaseAtEnd);
    return (left ??= leave(folder, binaries, lease));
  };
  const releaseAtEnd = () => void release();
  // The lease must not keep a process alive that has nothing else to do: such a process leaves when it ends.
  lease.unref();
  process.once('beforeExit', releaseAtEnd);
  return {
    url: database => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    version: rows[0]!.version,
    release,
  };
}

async function start(
  folder: string,
  exists: boolean,
  binaries: Binaries,
  settings: Record<string, string>,
): Promise<Connection> {
  const account = await chooseAccount(folder, join(folder, 'data'), binaries);
  const place = await placeFor(account, folder, binaries);
  if (!exists) await createDataFolder(account, place, join(folder, 'password'));
  const logFile = join(folder, 'postgres.log');
  await startServer({ account, place, logFile, settings });
  const lease = await connectTo(folder);
  if (!lease) throw new Error(`The PostgreSQL server on ${folder} ended right after its start: see ${logFile}.`);
  return lease;
}

/** Connects to the server of this folder; undefined when none runs. */
async function connectTo(folder: string): Promise<Connection | undefined> {
  const dataFolder = await realpath(join(folder, 'data'));
  return joinServer(dataFolder, await readPassword(join(folder, 'password'), dataFolder), leaseName);
}

async function leave(folder: string, binaries: Binaries, lease: Connection): Promise<void> {
  lease.ref();
  await lease.end();
  // A folder that was deleted has nothing to stop: PostgreSQL ends by itself when its files are gone.
  if (!existsSync(join(folder, 'data'))) return;
  await withFolderLock(folder, async () => {
    // A new connection, since the lease broke if the server was restarted meanwhile.
    const connection = await connectTo(folder);
    if (!connection) return;
    const alone = await isAlone(connection);
    await connection.end();
    if (alone) await stopServer(await realpath(join(folder, 'data')), binaries);
  });
}

/** Whether nobody else is connected. Connections that were just closed get a moment to disappear. */
async function isAlone(connection: Connection): Promise<boolean> {
  for (const deadline = Date.now() + 500; ; await sleep(20)) {
    const { rows } = await connection.query<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    if (rows.length === 0) return true;
    if (rows.some(({ name }) => name === leaseName) || Date.now() > deadline) return false;
  }
}
