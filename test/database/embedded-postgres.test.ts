import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { acquireEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/index.js';

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const userScript = fileURLToPath(new URL('../support/embedded-postgres-user.ts', import.meta.url));

/** What the tests leave behind; see afterEach. */
const roots: string[] = [];
const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let madeBefore: Promise<string> | undefined;
const originalPath = process.env.PATH;

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  for (const server of servers.splice(0)) await server.release();
  process.env.PATH = originalPath;
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

afterAll(async () => {
  if (madeBefore) await rm(dirname(await madeBefore), { recursive: true });
});

describe('the embedded PostgreSQL server', () => {
  test('starts, answers and stops when it is released', async () => {
    const server = await acquire(await newFolder());
    expect(server.version).toMatch(/^18\.\d+$/);
    expect(await query(server.url('postgres'), `select 6 * 7 as answer`)).toEqual([{ answer: 42 }]);
    await server.release();
    expect(await isListening(server)).toBe(false);
    await server.release();
  });

  test('listens on this machine only, without a Unix socket, and sorts by code point', async () => {
    const server = await acquire(await usedFolder());
    const [settings] = await query(
      server.url('postgres'),
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
              current_setting('server_encoding') as encoding, current_setting('max_connections') as connections,
              current_setting('fsync') as fsync,
              (select string_agg(word, '' order by word) from unnest(array['b', 'ä', 'a', 'B']) word) as sorted`,
    );
    expect(settings).toEqual({
      addresses: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      connections: '200',
      fsync: 'off',
      sorted: 'Babä',
    });
  });

  test('lets nobody in without the password, which only the owner can read', async () => {
    const folder = await newFolder();
    const server = await acquire(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
    const url = new URL(server.url('postgres'));
    expect(url.password).toBe(await readFile(join(folder, 'password'), 'utf8'));
    url.password = 'guessed';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  test('keeps the data over a restart', async () => {
    const folder = await usedFolder();
    const first = await acquire(folder);
    await query(first.url('postgres'), `create table kept as select 'rattan chair' as name`);
    await first.release();
    const second = await acquire(folder);
    expect(await query(second.url('postgres'), `select name from kept`)).toEqual([{ name: 'rattan chair' }]);
  });

  test('serves two folders at once', async () => {
    const [first, second] = await Promise.all([acquire(await newFolder()), acquire(await newFolder())]);
    expect(first.url('postgres')).not.toBe(second.url('postgres'));
    await query(first.url('postgres'), `create table mine ()`);
    await expect(query(second.url('postgres'), `select from mine`)).rejects.toThrow('does not exist');
  });

  test('takes a folder of any name', async () => {
    const server = await acquire(join(await newFolder(), `Möbel & Körbe`, `"it's" $HOME 家具`));
    expect(await query(server.url('postgres'), `select 1 as one`)).toEqual([{ one: 1 }]);
  });

  test('says what is wrong when it cannot start', async () => {
    const folder = await newFolder();
    const settings = { shared_buffers: 'plenty' };
    await expect(acquireEmbeddedPostgres({ folder, settings })).rejects.toThrow(
      /PostgreSQL did not start on .*\n(.*\n)*.*invalid value for parameter "shared_buffers": "plenty"/,
    );
  });
});

describe('several users of one folder', () => {
  test('share one server, and the last one stops it, whoever started it', async () => {
    const folder = await newFolder();
    const [first, second] = await Promise.all([startUser(folder), startUser(folder)]);
    expect(first.url).toBe(second.url);
    await first.leave();
    expect(await query(second.url, `select 1 as one`)).toEqual([{ one: 1 }]);
    await second.leave();
    expect(await isListening(second)).toBe(false);
  });

  test('may be in one process', async () => {
    const folder = await usedFolder();
    const [first, second] = await Promise.all([acquire(folder), acquire(folder)]);
    await first.release();
    await first.release();
    expect(await isListening(second)).toBe(true);
    await second.release();
    expect(await isListening(second)).toBe(false);
  });

  test('come and go at will', async () => {
    const folder = await usedFolder();
    const visits = Array.from({ length: 8 }, async (_, visitor) => {
      for (let visit = 0; visit < 4; visit++) {
        const server = await acquire(folder);
        expect(await query(server.url('postgres'), `select ${visitor} as visitor`)).toEqual([{ visitor }]);
        await server.release();
      }
    });
    await Promise.all(visits);
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false);
  });

  test('leave without a word when their process ends', async () => {
    const user = await startUser(await usedFolder(), '--end');
    await user.ended;
    expect(await isListening(user)).toBe(false);
  });

  test('include clients that hold no lease', async () => {
    const folder = await usedFolder();
    const server = await acquire(folder);
    const client = new pg.Client({ connectionString: server.url('postgres') });
    await client.connect();
    await server.release();
    expect((await client.query(`select 1 as one`)).rows).toEqual([{ one: 1 }]);
    await client.end();
    await (await acquire(folder)).release();
    expect(await isListening(server)).toBe(false);
  });
});

describe('after a crash', () => {
  test('a server whose user was killed is joined', async () => {
    const folder = await usedFolder();
    const user = await startUser(folder);
    await user.kill();
    const server = await acquire(folder);
    expect(server.url('postgres')).toBe(user.url);
    await server.release();
    expect(await isListening(server)).toBe(false);
  });

  test('a server that was killed is started again, with all that was committed', async () => {
    const folder = await usedFolder();
    const user = await startUser(folder);
    const survivor = await acquire(folder);
    await query(user.url, `create table kept as select 'wicker basket' as name`);
    await user.kill();
    process.kill(await readPostmasterPid(folder), 'SIGKILL');
    const server = await acquire(folder);
    expect(await query(server.url('postgres'), `select name from kept`)).toEqual([{ name: 'wicker basket' }]);
    await survivor.release();
    expect(await isListening(server)).toBe(true);
  });

  test('a process that has got the number of the dead server is left alone', async () => {
    const folder = await usedFolder();
    const first = await acquire(folder);
    const pidFile = join(folder, 'data', 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await first.release();
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.push(bystander);
    await writeFile(pidFile, [bystander.pid, ...rest].join('\n'));

    const second = await acquire(folder);
    expect(await query(second.url('postgres'), `select 1 as one`)).toEqual([{ one: 1 }]);
    await second.release();
    expect(bystander.exitCode ?? bystander.signalCode).toBe(null);
  });

  test('a data folder that was half made is made anew', async () => {
    const folder = await newFolder();
    const user = startUser(folder);
    user.catch(() => undefined);
    while (!existsSync(join(folder, 'data.new', 'data'))) await sleep(1);
    children.at(-1)!.kill('SIGKILL');
    const server = await acquire(folder);
    expect(await query(server.url('postgres'), `select 1 as one`)).toEqual([{ one: 1 }]);
    expect(existsSync(join(folder, 'data.new'))).toBe(false);
  });
});

describe('a data folder that cannot be served', () => {
  test('is refused when another PostgreSQL made it', async () => {
    const folder = await usedFolder();
    await (await acquire(folder)).release();
    await writeFile(join(folder, 'data', 'PG_VERSION'), '15\n');
    await expect(acquire(folder)).rejects.toThrow(
      `${join(folder, 'data')} was made by PostgreSQL 15, and this is PostgreSQL 18, which cannot read it. ` +
        `To keep the data, back them up with the version of this project that made them. ` +
        `To begin with an empty database, delete ${join(folder, 'data')}.`,
    );
  });

  test('is refused when its version is missing', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'data', 'base'), { recursive: true });
    await expect(acquire(folder)).rejects.toThrow('its file PG_VERSION is missing');
  });

  test('is refused when its password is missing', async () => {
    const folder = await usedFolder();
    await (await acquire(folder)).release();
    await rm(join(folder, 'password'));
    await expect(acquire(folder)).rejects.toThrow(/The file .*password with the password for .*data cannot be read/);
  });
});

// These need root, since only root has rights to give up.
describe('root, where user namespaces are refused', () => {
  asRoot('runs the server as another user, with the data where that user can reach them', async () => {
    const folder = await newFolder();
    await refuseUnshare();
    const first = await acquire(folder);
    const own = dirname(await realpath(join(folder, 'data')));
    roots.push(own);
    expect(dirname(own)).toBe(await realpath(tmpdir()));
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    expect((await stat(`/proc/${await readPostmasterPid(folder)}`)).uid).not.toBe(0);
    await query(first.url('postgres'), `create table kept as select 'lantern' as name`);
    await first.release();
    expect(await isListening(first)).toBe(false);

    process.env.PATH = originalPath;
    const second = await acquire(folder);
    expect(await query(second.url('postgres'), `select name from kept`)).toEqual([{ name: 'lantern' }]);
  });

  asRoot('takes over data that were made in a user namespace', async () => {
    const folder = await newFolder();
    const first = await acquire(folder);
    await query(first.url('postgres'), `create table kept as select 'vase' as name`);
    await first.release();
    await refuseUnshare();
    const second = await acquire(folder);
    roots.push(dirname(await realpath(join(folder, 'data'))));
    expect(await query(second.url('postgres'), `select name from kept`)).toEqual([{ name: 'vase' }]);
  });

  asRoot('leaves the data in a folder that the other user can reach', async () => {
    const folder = await newFolder();
    await chmod(dirname(folder), 0o755);
    await refuseUnshare();
    await acquire(folder);
    expect(await realpath(join(folder, 'data'))).toBe(join(folder, 'data'));
    expect((await stat(join(folder, 'data'))).uid).not.toBe(0);
  });

  asRoot('uses no folder that somebody else has put in its way', async () => {
    const folder = await newFolder();
    await refuseUnshare();
    await (await acquire(folder)).release();
    const own = dirname(await realpath(join(folder, 'data')));
    roots.push(own);
    await rm(folder, { recursive: true });
    await chmod(own, 0o777);
    await expect(acquire(folder)).rejects.toThrow(`${own} was not made by us`);
  });
});

/** A folder that does not exist yet, in one that other users cannot enter. */
async function newFolder(): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pier2-test-')));
  roots.push(root);
  return join(root, 'postgres');
}

/** A folder with data that an earlier start made, copied, since making them takes a second. */
async function usedFolder(): Promise<string> {
  madeBefore ??= makeData();
  const folder = await newFolder();
  await cp(await madeBefore, folder, { recursive: true });
  return folder;
}

async function makeData(): Promise<string> {
  const folder = join(await realpath(await mkdtemp(join(tmpdir(), 'pier2-test-'))), 'postgres');
  await (await acquireEmbeddedPostgres({ folder, settings: { fsync: 'off' } })).release();
  return folder;
}

async function acquire(folder: string): Promise<EmbeddedPostgres> {
  const server = await acquireEmbeddedPostgres({ folder, settings: { fsync: 'off' } });
  servers.push(server);
  return server;
}

/** Starts another process that uses the server of the folder, and waits until it has it. */
async function startUser(folder: string, ...args: string[]) {
  const command = ['--import', '@oxc-node/core/register', userScript, folder, ...args];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const ended = once(child, 'exit');
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`The user of ${folder} ended with ${code}.`))),
  ])) as [string];
  return {
    url,
    ended,
    leave: async () => {
      child.stdin.end();
      expect(await ended).toEqual([0, null]);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function query(url: string, sql: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function isListening(server: EmbeddedPostgres | { url: string }): Promise<boolean> {
  const url = typeof server.url === 'string' ? server.url : server.url('postgres');
  try {
    await query(url, `select 1`);
    return true;
  } catch (error) {
    expect((error as { code?: string }).code).toBe('ECONNREFUSED');
    return false;
  }
}

async function readPostmasterPid(folder: string): Promise<number> {
  return parseInt(await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10);
}

/** Puts an unshare in front of the real one that fails as it does in a container without user namespaces. */
async function refuseUnshare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pier2-test-'));
  roots.push(folder);
  await writeFile(join(folder, 'unshare'), `#!/bin/sh\nexit 1\n`, { mode: 0o755 });
  process.env.PATH = `${folder}${delimiter}${originalPath}`;
}
