import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, chooseAccount, spawnAs } from '../../src/database/embedded/account.js';
import { findBinaries } from '../../src/database/embedded/binaries.js';
import { acquireEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/index.js';
import { type Placement, placeFor } from '../../src/database/embedded/placement.js';
import { readPostmaster } from '../../src/database/embedded/postmaster.js';
import { connected } from './server.js';

const settings = { fsync: 'off', full_page_writes: 'off', wal_keep_size: '512MB', max_connections: '200' };

/** A PostgreSQL server of a test's own, which can have replicas. */
export interface ReplicatedServer {
  url(database: string): string;
  /** Makes a replica of the server as it is now, by streaming replication, and starts it. */
  addReplica(): Promise<ReplicaServer>;
  close(): Promise<void>;
}

/** A standby of another server. */
export interface ReplicaServer {
  url(database: string): string;
  /** Keeps what it shows as it is. */
  pause(): Promise<void>;
  /** Lets it show what is new, and waits until it has come as far as the primary server. */
  resume(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Starts an embedded server in a folder of its own. Its replicas are copies of its data, made while it runs, since the npm
 * package has no pg_basebackup.
 */
export async function startReplicatedServer(): Promise<ReplicatedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'pier2-replicated-'));
  const primary = await acquireEmbeddedPostgres({ folder: join(folder, 'primary'), settings });
  const replicas: ReplicaServer[] = [];
  return {
    url: database => primary.url(database),
    addReplica: async () => {
      const replicaFolder = join(folder, `replica-${replicas.length}`);
      await copyData(primary, join(folder, 'primary', 'data'), join(replicaFolder, 'data'));
      const replica = await placeReplica(replicaFolder, primary);
      replicas.push(replica);
      await replica.start();
      return replica;
    },
    close: async () => {
      await Promise.all(replicas.map(replica => replica.stop()));
      await primary.release();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What pg_basebackup does. */
async function copyData(primary: EmbeddedPostgres, from: string, to: string): Promise<void> {
  await connected(primary.url('postgres'), async client => {
    await client.query(`select pg_backup_start('replica', fast => true)`);
    await mkdir(join(to, '..'), { recursive: true, mode: 0o700 });
    await cp(from, to, {
      recursive: true,
      dereference: true,
      filter: path => !/\/(postmaster\.(pid|opts)|pg_replslot\/.|pg_wal\/.)/.test(path),
    });
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await writeFile(join(to, 'backup_label'), rows[0]!.labelfile);
  });
  const { hostname, port, username, password } = new URL(primary.url('postgres'));
  await writeFile(join(to, 'standby.signal'), '');
  await writeFile(
    join(to, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\nwal_retrieve_retry_interval = '100ms'\n`,
  );
}

async function placeReplica(folder: string, primary: EmbeddedPostgres): Promise<ReplicaServer> {
  const binaries = await findBinaries();
  const account = await chooseAccount(folder, join(folder, 'data'), binaries);
  const place = await placeFor(account, folder, binaries);
  const port = await freePort();
  const url = (database: string) => {
    const own = new URL(primary.url(database));
    own.port = `${port}`;
    return own.href;
  };
  const run = (sql: string) => connected(url('postgres'), async client => (await client.query(sql)).rows[0]);
  const until = async (sql: string) => {
    while (!(await run(`select ${sql} as holds`).catch(() => undefined))?.holds) {
      await sleep(20);
    }
  };
  let child: ChildProcess | undefined;
  return {
    url,
    pause: async () => {
      await run('select pg_wal_replay_pause()');
      await until(`pg_get_wal_replay_pause_state() = 'paused'`);
    },
    resume: async () => {
      await run('select pg_wal_replay_resume()');
      const end = await connected(primary.url('postgres'), async client => {
        // A commit sends the log on its way.
        await client.query('select pg_notify($1, $2)', ['none', '']);
        return (await client.query<{ end: string }>('select pg_current_wal_lsn()::text as end')).rows[0]!.end;
      });
      await until(`pg_last_wal_replay_lsn() >= '${end}'::pg_lsn`);
    },
    start: async () => {
      child = startServer(account, place, port);
      await until(`pg_is_in_recovery()`);
    },
    stop: async () => {
      const postmaster = await readPostmaster(place.dataFolder);
      if (child?.exitCode === null && postmaster) {
        const ended = once(child, 'exit');
        process.kill(postmaster.pid, 'SIGINT');
        await ended;
      }
    },
  };
}

function startServer(account: Account, { dataFolder, binaries }: Placement, port: number): ChildProcess {
  const given = {
    ...settings,
    max_standby_streaming_delay: '100ms',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: `${port}`,
  };
  const args = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawnAs(account, binaries.postgres, ['-D', dataFolder, ...args], { stdio: 'ignore' });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
