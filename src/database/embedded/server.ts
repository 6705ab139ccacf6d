import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAs, spawnAs, type Account } from './account.js';
import type { Binaries } from './binaries.js';
import { connect, type Connection } from './connection.js';
import type { Placement } from './placement.js';
import { isPostmasterOf, pidFileOf, readPostmaster } from './postmaster.js';

const patience = 60_000;

/** Everything that a start needs to know. */
export interface ServerStart {
  account: Account;
  place: Placement;
  logFile: string;
  settings: Record<string, string>;
}

/** Connects to the server of a data folder, after waiting for one that is starting; undefined when none runs. */
export async function joinServer(
  dataFolder: string,
  password: string,
  applicationName: string,
): Promise<Connection | undefined> {
  for (const deadline = Date.now() + patience; ; await sleep(20)) {
    const postmaster = await readPostmaster(dataFolder);
    if (!postmaster) return undefined;
    const verified = await isPostmasterOf(dataFolder, postmaster.pid);
    if (verified === false) return undefined;
    try {
      // Only a server of ours knows the password as well as we do: in scram-sha-256 each side proves it to the other.
      if (postmaster.ready) return await connect(postmaster.port, password, applicationName);
    } catch (cause) {
      if (!verified) return undefined;
      const refusedPassword = (cause as { code?: string }).code === '28P01';
      if (refusedPassword || Date.now() > deadline) {
        throw new Error(`The PostgreSQL server that runs on ${dataFolder} lets nobody in.`, { cause });
      }
    }
    if (!verified) return undefined;
    if (Date.now() > deadline) throw new Error(`The PostgreSQL server on ${dataFolder} is still starting or stopping.`);
  }
}

/** Starts a server in a session of its own and waits until it takes connections. */
export async function startServer(start: ServerStart): Promise<void> {
  const { dataFolder } = start.place;
  const old = await readPostmaster(dataFolder);
  // PostgreSQL clears a stale file away itself, unless another process has got that number since.
  // A server that were alive all the same would be safe: the new one finds its shared memory in use and gives up.
  if (old && (await isPostmasterOf(dataFolder, old.pid)) === false) await rm(pidFileOf(dataFolder), { force: true });

  // The port may be taken in the meantime, and what a killed server left behind may need a moment to go.
  const passing = /could not create any TCP\/IP sockets|pre-existing shared memory block/;
  for (const deadline = Date.now() + 15_000; ; await sleep(100)) {
    const failure = await tryToStart(start);
    if (failure === undefined) return;
    if (!passing.test(failure) || Date.now() > deadline) {
      const lastLines = failure.trim().split('\n').slice(-20).join('\n');
      throw new Error(`PostgreSQL did not start on ${dataFolder}. Its log ${start.logFile} ends with:\n${lastLines}`);
    }
  }
}

/** Stops the server of a data folder as `pg_ctl stop -m fast` does: it writes everything to its files and ends. */
export async function stopServer(dataFolder: string, binaries: Binaries): Promise<void> {
  if (process.platform === 'win32') {
    await runAs({ prefix: [] }, binaries.pgCtl, ['stop', '--mode=fast', '-D', dataFolder]);
    return;
  }
  const postmaster = await readPostmaster(dataFolder);
  if (!postmaster || (await isPostmasterOf(dataFolder, postmaster.pid)) !== true) return;
  process.kill(postmaster.pid, 'SIGINT');
  for (const deadline = Date.now() + patience; await isPostmasterOf(dataFolder, postmaster.pid); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`The PostgreSQL server on ${dataFolder} does not stop.`);
  }
}

/** Makes one attempt; returns what the server said when it failed. */
async function tryToStart({ account, place, logFile, settings }: ServerStart): Promise<string | undefined> {
  const log = await openLog(logFile, account);
  const logStart = (await log.stat()).size;
  const given = {
    max_connections: '200',
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: `${await findFreePort()}`,
  };
  const args = [
    '-D',
    place.dataFolder,
    ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // We open the log and hand it over, since the account may not be able to reach the folder.
  // Detached: Ctrl-C in the terminal must reach us, not the server directly.
  const child = spawnAs(account, place.binaries.postgres, args, {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  let failure: string | undefined;
  child.once('error', error => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `It ended with ${signal ?? `exit code ${code}`}.`));
  try {
    for (const deadline = Date.now() + patience; failure === undefined; await sleep(10)) {
      const postmaster = await readPostmaster(place.dataFolder);
      if (postmaster?.ready && postmaster.pid === child.pid) return undefined;
      if (Date.now() > deadline) return `It is still starting, as process ${child.pid}.`;
    }
    const said = (await readFile(logFile)).subarray(logStart).toString();
    return `${said}${failure}`;
  } finally {
    child.unref();
    await log.close();
  }
}

async function openLog(logFile: string, { ids }: Account): Promise<FileHandle> {
  const log = await open(logFile, 'a', 0o600);
  if (ids) await log.chown(ids.uid, ids.gid);
  return log;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
