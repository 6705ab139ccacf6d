import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { endPrograms, type Program, run } from '../support/process.js';
import { connected } from '../support/server.js';
import { type Backups, contentsOf, schemasOfRestores, startBackups } from './backup-fixtures.js';

jest.setTimeout(240_000);

let app: TestApp;
let backups: Backups;
let archive: string;
let contents: Record<string, string>;
beforeAll(async () => {
  app = await startTestApp();
  backups = await startBackups();
  await app.database.query(
    `insert into customers (id, first_name, last_name, email)
     select gen_random_uuid(), md5(n::text), md5((n + 1)::text), n || '@many.example' from generate_series(1, 40000) n`,
  );
  archive = (await backups.create(app.database.url, 'public')).name;
  await app.database.query('delete from stock_levels');
  contents = await contentsOf(app.database.url, 'public');
});
afterEach(endPrograms);
afterAll(async () => {
  await app.close();
  await backups.close();
});

const start = (args: string[], url = app.database.url): Program =>
  run(process.execPath, ['src/cli/pier2-command.js', 'backup', ...args], {
    DATABASE_URL: url,
    BACKUP_STORAGE: backups.storage.place,
  });

/** Waits for something that another process does. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Waits until a command runs a statement; the server itself looks, since a statement may take less than a round trip. */
async function runs(program: Program, query: string): Promise<void> {
  const looking = app.database.query(`do $$ begin
    loop
      exit when exists (select from pg_stat_activity where query ilike '${query}' and state <> 'idle'
        and datname = current_database() and pid <> pg_backend_pid());
      perform pg_stat_clear_snapshot(), pg_sleep(0.001);
    end loop;
  end $$`);
  const ended = program.ends().then(() => {
    throw new Error(`It ended before it ran ${query}: ${program.output()}`);
  });
  ended.catch(() => {});
  await Promise.race([looking, ended]);
}

/** Kills a command, and looks. */
async function killAndLook(program: Program): Promise<void> {
  program.process.kill('SIGKILL');
  expect(await program.ends()).toBeNull();
  await look();
}

/** Waits until the server has noticed, and looks whether anything is otherwise than before. */
async function look(): Promise<void> {
  await until(
    async () =>
      (
        await app.database.query(`select from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()
        and datname = current_database() and query not ilike '%pier2_heartbeat%'`)
      ).length === 0,
  );
  expect(await contentsOf(app.database.url, 'public')).toEqual(contents);
  expect(await schemasOfRestores(app.database.url)).toEqual([]);
  expect((await app.ask('{ orders { totalCount } }')).orders.totalCount).toBe(24);
}

test('a kill while an archive is written leaves none, and the next one is', async () => {
  const folder = join(backups.storage.place, 'public');
  const before = await backups.storage.list('');
  const program = start(['create']);
  await until(async () => (await readdir(folder)).some(file => file.endsWith('.partial')));
  await killAndLook(program);
  expect(await backups.storage.list('')).toEqual(before);
  const { name } = await backups.create(app.database.url, 'public');
  expect(await backups.verify(app.database.url, name)).toMatchObject({ tenant: 'default' });
});

test('a disk that takes no more while an archive is written is told of, and nothing is left', async () => {
  const folder = join(backups.storage.place, 'public');
  const before = await readdir(folder);
  const command = [process.execPath, 'src/cli/pier2-command.js', 'backup', 'create'];
  const program = run('/bin/bash', ['-c', 'ulimit -f 500; exec "$@"', 'bash', ...command], {
    DATABASE_URL: app.database.url,
    BACKUP_STORAGE: backups.storage.place,
  });
  expect([await program.ends(), program.output()]).toEqual([
    1,
    expect.stringMatching(
      /^default: Cannot write public\/.* in the folder .*: the disk, .* takes no file of that size/,
    ),
  ]);
  expect(await readdir(folder)).toEqual(before);
});

test('a kill while rows are loaded leaves the shop as it is', async () => {
  const pipe = join(backups.storage.place, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const program = start(['restore', pipe]);
  const bytes = await readFile(join(backups.storage.place, archive));
  // The rest never comes.
  const writing = createWriteStream(pipe);
  writing.on('error', () => {});
  writing.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
  await runs(program, 'copy %customers% from stdin%');
  await killAndLook(program);
  writing.destroy();
});

/** A way to the database's server that can be cut, or cuts itself off from so many connections on; gives its URL. */
async function wire(mostConnections = Infinity): Promise<{ url: string; cut(): void }> {
  const { hostname, port } = new URL(app.database.url);
  const sockets: Socket[] = [];
  const proxy = createServer(socket => {
    const server = connect(Number(port), hostname);
    sockets.push(socket, server);
    sockets.slice(-2).forEach(each => each.on('error', () => {}));
    socket.pipe(server).pipe(socket);
    if (sockets.length === 2 * mostConnections) {
      proxy.close();
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(app.database.url);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const cut = () => {
    sockets.forEach(socket => socket.destroy());
    proxy.close();
  };
  return { url: url.href, cut };
}

test('a server that breaks off while rows are loaded is told of, and the shop is as it was', async () => {
  const { url, cut } = await wire();
  const program = start(['restore', archive], url);
  await runs(program, 'copy %customers% from stdin%');
  cut();
  expect([await program.ends(), program.output()]).toEqual([
    1,
    expect.stringMatching(
      /: It failed.*: the server of the database broke off the connection, and its log says why\. Nothing was changed\.\n$/,
    ),
  ]);
  await look();
});

test.each([3, 4])('a server that is gone after %d connections is told of in a sentence', async connections => {
  const program = start(['restore', archive], (await wire(connections)).url);
  expect([await program.ends(), program.output()]).toEqual([
    1,
    expect.stringMatching(
      /^The server of the database is gone \(connect ECONNREFUSED 127.*\), and its log may say why\. Run the command again once it is back\.\n$/,
    ),
  ]);
  await look();
});

test('a kill while keys and indexes are made leaves the shop as it is', async () => {
  const program = start(['restore', archive]);
  await runs(program, 'alter table "pier2_%add constraint%');
  await killAndLook(program);
});

test('a kill while the tables are to be exchanged leaves the shop as it is', async () => {
  await connected(app.database.url, async client => {
    await client.query('begin; select from public.orders limit 1');
    const program = start(['restore', archive]);
    await runs(program, 'lock table %');
    program.process.kill('SIGKILL');
    await program.ends();
    await client.query('commit');
    await killAndLook(program);
  });
});

test('after all of that, it is restored', async () => {
  const program = start(['restore', archive, '--drop-previous']);
  expect(await program.ends()).toBe(0);
  expect(await app.database.query('select from stock_levels limit 1')).toHaveLength(1);
  expect(await schemasOfRestores(app.database.url)).toEqual([]);
});

test('Ctrl-C stops it with a sentence', async () => {
  await connected(app.database.url, async client => {
    await client.query('begin; select from public.orders limit 1');
    const program = start(['restore', archive]);
    await runs(program, 'lock table %');
    program.process.kill('SIGINT');
    expect(await program.ends()).toBe(130);
    expect(program.output()).toBe(`${archive}: Stopped before the end, so nothing was changed.\n`);
    await client.query('commit');
  });
});
