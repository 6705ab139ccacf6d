import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

/** PgBouncer in transaction mode before a database, with few connections to it. */
export interface PgBouncer {
  url: string;
  close(): Promise<void>;
}

/** The account that PgBouncer runs as where tests run as root, which it refuses. */
const nobody = 65_534;

/** The program: PGBOUNCER, or what is found under its name. */
const program = process.env['PGBOUNCER'] ?? 'pgbouncer';

/**
 * The version of PgBouncer 1; undefined where there is none.
 * @throws when there should be one: PGBOUNCER names it
 */
export async function pgbouncerVersion(): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version']);
    return Number(/PgBouncer 1\.(\d+)/.exec(stdout)?.[1]);
  } catch (error) {
    if (process.env['PGBOUNCER']) {
      throw error;
    }
    return undefined;
  }
}

/** Starts PgBouncer before a database; further settings stand in the sections [databases] and [pgbouncer]. */
export async function startPgBouncer(databaseUrl: string, { database = '', pooler = '' } = {}): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pier2-pgbouncer-'));
  await chmod(folder, 0o755);
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const listenPort = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)} ${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
${pooler}
`,
  );
  const child = spawn(program, [file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = Promise.race([
    once(child, 'exit').then(() => `It ended:\n${output}`),
    once(child, 'error').then(([error]) => String(error)),
  ]);
  while (!(await answers(listenPort))) {
    const failure = await Promise.race([ended, sleep(50)]);
    if (failure) {
      throw new Error(`PgBouncer did not start. ${failure}`);
    }
  }
  return {
    url: `postgresql://anybody@127.0.0.1:${listenPort}${pathname}`,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
