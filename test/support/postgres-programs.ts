import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

/** The account that PostgreSQL runs as where tests run as root, which it refuses. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Where all programs of a PostgreSQL are, which the embedded one has not; undefined where none is installed. */
export const programFolder = [
  ...process.env['PATH']!.split(delimiter).map(folder => join(folder, 'pg_basebackup')),
  ...globSync('/usr/lib/postgresql/*/bin/pg_basebackup').sort().reverse(),
]
  .filter(path => existsSync(path) && existsSync(join(dirname(path), 'initdb')))
  .map(dirname)[0];

/** Servers of such a PostgreSQL, whose data and sockets are in a folder of their own. */
export class PostgresPrograms {
  readonly #running = new Set<() => Promise<void>>();

  private constructor(readonly folder: string) {}

  static async open(): Promise<PostgresPrograms> {
    const folder = await mkdtemp(join(tmpdir(), 'pier2-postgres-'));
    await this.#give(folder);
    return new PostgresPrograms(folder);
  }

  static async #give(path: string): Promise<void> {
    if (nobody.uid !== undefined) {
      await chown(path, nobody.uid, nobody.gid);
    }
  }

  /** Runs a program, as the account of the servers, and gives what it wrote. */
  async run(program: string, args: string[], settings: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = this.#environment(settings);
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: this.folder, env, ...nobody });
    return stdout + stderr;
  }

  /** Starts a server on a folder of data; gives what connects to it, and ends it. */
  async start(data: string, options: string[] = [], settings: NodeJS.ProcessEnv = {}): Promise<RunningPostgres> {
    const sockets = join(this.folder, `${data}-sockets`);
    await mkdir(sockets);
    await PostgresPrograms.#give(sockets);
    const server = spawn(
      'postgres',
      [...['-D', join(this.folder, data), '-k', sockets, '-c', 'listen_addresses='], ...options],
      { cwd: this.folder, env: this.#environment(settings), stdio: ['ignore', 'ignore', 'pipe'], ...nobody },
    );
    let log = '';
    server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const ended = once(server, 'exit');
    const stop = async () => {
      this.#running.delete(stop);
      server.kill('SIGINT');
      await ended;
      await rm(sockets, { recursive: true });
    };
    this.#running.add(stop);
    const query = async (sql: string) => {
      const client = new pg.Client({ host: sockets, user: 'postgres', database: 'postgres' });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    };
    for (;;) {
      if (server.exitCode !== null) {
        throw new Error(`PostgreSQL ended:\n${log}`);
      }
      // Also in recovery it answers, as soon as it is consistent.
      const isReady = await query('select pg_is_in_recovery() as recovers').then(
        ([row]) => !row!['recovers'],
        () => false,
      );
      if (isReady) {
        return { query, stop, sockets };
      }
      await sleep(50);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map(stop => stop()));
    await rm(this.folder, { recursive: true });
  }

  #environment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { PATH: `${programFolder}:${process.env['PATH']}`, LC_ALL: 'C.UTF-8', ...settings };
  }
}

/** A server that answers. */
export interface RunningPostgres {
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
  /** Where programs reach it: PGHOST. */
  sockets: string;
}
