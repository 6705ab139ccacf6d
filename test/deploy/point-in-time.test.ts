import { appendFile, cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { projectFolder } from '../../src/project-folder.js';
import { PostgresPrograms, programFolder, type RunningPostgres } from '../support/postgres-programs.js';

// Servers are made, started and restored.
jest.setTimeout(120_000);

const describeWithPrograms = programFolder ? describe : describe.skip;

describeWithPrograms('deploy/point-in-time, with a PostgreSQL that has pg_basebackup', () => {
  let postgres: PostgresPrograms;
  let live: RunningPostgres;
  let settings: NodeJS.ProcessEnv;
  const script = (name: string) => join(postgres.folder, 'point-in-time', name);
  const backUp = (more: NodeJS.ProcessEnv = {}) =>
    postgres.run('sh', [script('base-backup.sh')], { ...settings, ...more });
  const restore = (moment: string, data: string) =>
    postgres.run('sh', [script('restore.sh'), moment], { ...settings, PGDATA: join(postgres.folder, data) });

  beforeAll(async () => {
    postgres = await PostgresPrograms.open();
    // The project may stand where the account of the servers cannot look.
    await cp(`${projectFolder}/deploy/point-in-time`, script(''), { recursive: true });
    const backups = join(postgres.folder, 'server-backups');
    await postgres.run('mkdir', [backups]);
    await postgres.run('initdb', ['--username=postgres', '--auth=trust', join(postgres.folder, 'live')]);
    await appendFile(
      join(postgres.folder, 'live', 'postgresql.conf'),
      `archive_mode = on\narchive_command = 'SERVER_BACKUPS=${backups} sh ${script('archive-wal.sh')} %p %f'\n`,
    );
    live = await postgres.start('live');
    settings = { SERVER_BACKUPS: backups, PGHOST: live.sockets, PGUSER: 'postgres' };
  });
  afterAll(() => postgres.close());

  /** Waits until the log up to now is archived. */
  async function archiveLog(): Promise<void> {
    const [row] = await live.query('select pg_walfile_name(pg_switch_wal()) as file');
    const file = row!['file'] as string;
    while (!(await readdir(join(settings['SERVER_BACKUPS']!, 'wal'))).includes(file)) {
      await sleep(50);
    }
  }

  /** Base backups have names that tell seconds. */
  const nextSecond = () => sleep(1000);

  test('brings back what was dropped, as it was at a moment between two base backups, while the server works', async () => {
    await live.query('create table notes as select 1 as id, $$from before$$ as note');
    expect(await backUp()).toMatch(/server-backups\/base\/\d{8}T\d{6}Z: /);
    await nextSecond();
    await live.query('insert into notes values (2, $$after the base backup$$)');
    const [{ moment } = {}] = await live.query('select clock_timestamp()::text as moment');
    await live.query('drop table notes');
    await archiveLog();

    expect(await restore(moment as string, 'restored')).toContain('backup successfully verified');
    const restored = await postgres.start('restored');
    expect(await restored.query('select * from notes order by id')).toEqual([
      { id: 1, note: 'from before' },
      { id: 2, note: 'after the base backup' },
    ]);
    await restored.query('insert into notes values (3, $$written again$$)');
    expect(await live.query('select to_regclass($$notes$$) as notes')).toEqual([{ notes: null }]);
    await restored.stop();
  });

  test('follows the server that works, and not one that was brought back', async () => {
    const restored = await postgres.start('restored');
    await restored.query('create table of_the_copy as select 42 as id');
    await restored.query('select pg_switch_wal()');
    // Its end hands over what it has to archive.
    await restored.stop();
    await live.query('create table of_the_live as select 42 as id');
    await archiveLog();
    await restore('latest', 'latest');
    const latest = await postgres.start('latest');
    expect(
      await latest.query('select to_regclass($$of_the_copy$$) as copy, to_regclass($$of_the_live$$)::text as live'),
    ).toEqual([{ copy: null, live: 'of_the_live' }]);
  });

  test('says so when the moment is before all base backups, or after the log, or the folder is in use', async () => {
    await expect(restore('2020-01-01 00:00:00+00', 'too-early')).rejects.toThrow(
      /No base backup was complete before 2020-01-01 00:00:00\+00; there are these:\n\d{8}T\d{6}Z\n/,
    );
    await restore('2090-01-01 00:00:00+00', 'too-late');
    await expect(postgres.start('too-late')).rejects.toThrow(
      'recovery ended before configured recovery target was reached',
    );
    await expect(restore('latest', 'live')).rejects.toThrow(/live is not empty: name another folder\./);
    await expect(restore('tea time', 'nonsense')).rejects.toThrow(/invalid date/);
  });

  test('keeps as many base backups as it should, and the log that they need', async () => {
    const [first] = await readdir(join(settings['SERVER_BACKUPS']!, 'base'));
    const before = await readdir(join(settings['SERVER_BACKUPS']!, 'wal'));
    await live.query('create table kept as select 42 as id');
    await nextSecond();
    await backUp({ KEEP: '1' });
    const [second, ...others] = await readdir(join(settings['SERVER_BACKUPS']!, 'base'));
    expect(others).toEqual([]);
    expect(second! > first!).toBe(true);
    await archiveLog();
    const after = await readdir(join(settings['SERVER_BACKUPS']!, 'wal'));
    expect(after).not.toEqual(expect.arrayContaining(before));
    await restore('latest', 'again');
    const again = await postgres.start('again');
    expect(await again.query('select * from kept')).toEqual([{ id: 42 }]);
  });

  test('archives no file of the log twice with other content, and the same one again', async () => {
    const archive = (path: string) => postgres.run('sh', [script('archive-wal.sh'), path, 'twice'], settings);
    await archive(script('restore.sh'));
    await archive(script('restore.sh'));
    await expect(archive(script('base-backup.sh'))).rejects.toMatchObject({
      stdout: expect.stringContaining('differ'),
    });
  });
});

describe('deploy/point-in-time/compose.yaml', () => {
  test('names the scripts and the folders that there are', async () => {
    const read = async (file: string) => parse(await readFile(`${projectFolder}/${file}`, 'utf8'), { merge: true });
    const { services, volumes } = await read('deploy/point-in-time/compose.yaml');
    const { services: base } = await read('docker-compose.yml');
    const used = Object.values(services as Record<string, { volumes: string[] }>).flatMap(service => service.volumes);
    const places = used.map(volume => volume.split(':')[0]!);
    expect([...new Set(places)].sort()).toEqual(['./deploy/point-in-time', ...Object.keys(volumes)].sort());
    const scripts = await readdir(`${projectFolder}/deploy/point-in-time`);
    const guide = await readFile(`${projectFolder}/docs/backups.md`, 'utf8');
    for (const [, name] of [...services.db.command, guide]
      .join(' ')
      .matchAll(/\/opt\/pier2\/point-in-time\/([\w.-]+)/g)) {
      expect(scripts).toContain(name);
    }
    expect(services.restored.image).toBe(base.db.image);
    expect(services.restored.environment.SERVER_BACKUPS).toBe(services.db.environment.SERVER_BACKUPS);
  });
});
