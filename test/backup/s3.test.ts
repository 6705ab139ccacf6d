import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Storage } from '../../src/backup/storage/storage.js';
import { endPrograms, run } from '../support/process.js';
import { type S3Server, startCheckingS3, startS3 } from '../support/s3-server.js';
import { contentOf, mebibytes, storageOf, stream } from './storage-fixtures.js';

// It tries again, after waiting, what failed by the service's fault.
jest.setTimeout(60_000);

let server: S3Server;
const opened: Storage[] = [];
beforeAll(async () => {
  server = await startS3();
});
afterEach(async () => {
  opened.splice(0).forEach(storage => storage.close());
  await endPrograms();
});
afterAll(() => server.close());

/** The storage of settings, which Amazon's client reads from the environment in part. */
async function open(settings: NodeJS.ProcessEnv): Promise<Storage> {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_EC2_METADATA_DISABLED']) {
    delete process.env[name];
    if (settings[name]) {
      process.env[name] = settings[name];
    }
  }
  const storage = await storageOf(settings);
  opened.push(storage);
  return storage;
}

describe('an upload', () => {
  test('that breaks half-way leaves no file and no parts of one', async () => {
    const storage = await open(server.settings);
    await expect(storage.write('public/a', mebibytes(40, new Error('half-way')))).rejects.toThrow('half-way');
    expect(await server.files()).toEqual([]);
  });

  test('whose second part the service does not take is given up, with what it said', async () => {
    const proxy = await refusing(/partNumber=2/);
    const storage = await open({ ...server.settings, BACKUP_STORAGE_ENDPOINT: proxy.url });
    await expect(storage.write('public/a', mebibytes(40))).rejects.toThrow(
      `Cannot write public/a in s3://backups/shops: ${proxy.url} answered 503 SlowDown: Please reduce your request rate.`,
    );
    expect(await server.files()).toEqual([]);
    proxy.server.close();
  });
});

describe('a list', () => {
  test('of more files than one answer has is whole', async () => {
    const storage = await open(server.settings);
    const names = Array.from({ length: 1050 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    for (let from = 0; from < names.length; from += 40) {
      await Promise.all(names.slice(from, from + 40).map(name => storage.write(name, stream(name))));
    }
    expect((await storage.list('many/')).map(({ name }) => name)).toEqual(names);
    for (const name of names) {
      await storage.remove(name);
    }
    expect(await storage.list('')).toEqual([]);
  });

  test('has the files below the prefix of the settings alone', async () => {
    const all = await open({ ...server.settings, BACKUP_STORAGE: 's3://backups' });
    const shops = await open(server.settings);
    await all.write('other/1', stream('1'));
    await shops.write('public/2', stream('2'));
    expect((await shops.list('')).map(({ name }) => name)).toEqual(['public/2']);
    expect((await all.list('')).map(({ name }) => name)).toEqual(['other/1', 'shops/public/2']);
    expect(await contentOf(all, 'shops/public/2')).toBe('2');
    await Promise.all([all.remove('other/1'), shops.remove('public/2')]);
  });
});

describe('what is wrong is told with the remedy:', () => {
  let checking: Omit<S3Server, 'files'>;
  beforeAll(async () => {
    checking = await startCheckingS3();
  });
  afterAll(() => checking.close());

  test('nothing, with the right credentials', async () => {
    const storage = await open(checking.settings);
    await storage.write('public/short', stream('short'));
    await storage.write('public/long', mebibytes(20));
    expect(await contentOf(storage, 'public/short')).toBe('short');
  });

  test('what the content threw, also where the service does not take an upload back', async () => {
    const storage = await open(checking.settings);
    await expect(storage.write('public/broken', mebibytes(20, new Error('half-way')))).rejects.toThrow('half-way');
    await expect(storage.read('public/broken')).rejects.toThrow('there is no such file');
  });

  const unknown = `does not know the access key "Vogon"; look at AWS_ACCESS_KEY_ID.`;
  const wrong = `the secret is not that of the access key "S3RVER"; look at AWS_SECRET_ACCESS_KEY.`;
  const none = `there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role.`;
  const missing = `has no bucket "missing"; make it, or name another in BACKUP_STORAGE.`;

  test.each([
    ['an access key that nobody has', { AWS_ACCESS_KEY_ID: 'Vogon' }, unknown],
    ['a wrong secret', { AWS_SECRET_ACCESS_KEY: 'poetry' }, wrong],
    ['no credentials', { AWS_ACCESS_KEY_ID: '' }, none],
    ['a bucket that there is not', { BACKUP_STORAGE: 's3://missing/shops' }, missing],
  ])('%s', async (_, settings, message) => {
    const storage = await open({ ...checking.settings, ...settings });
    await expect(storage.write('public/a', stream('a'))).rejects.toThrow(message);
    await expect(storage.write('public/a', mebibytes(20))).rejects.toThrow(message);
    await expect(storage.read('public/a')).rejects.toThrow(message);
    await expect(storage.remove('public/a')).rejects.toThrow(message);
  });

  test('no region, where Amazon’s own service has many', async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = checking.settings;
    const storage = await open({ BACKUP_STORAGE: 's3://backups/shops', AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    await expect(storage.list('')).rejects.toThrow(
      'Cannot list the files in s3://backups/shops: there is no region; set AWS_REGION to the bucket’s.',
    );
  });

  test.each([
    ['s3://missing/shops', undefined, missing],
    [
      's3://backups/shops',
      'http://127.0.0.1:1',
      'cannot be reached (ECONNREFUSED); look at BACKUP_STORAGE_ENDPOINT and the network.',
    ],
  ])('in one sentence to who runs a command: %s at %s', async (place, endpoint, message) => {
    const service = endpoint ?? server.settings['BACKUP_STORAGE_ENDPOINT']!;
    const program = run(process.execPath, ['src/cli/pier2-command.js', 'backup', 'list'], {
      ...server.settings,
      BACKUP_STORAGE: place,
      BACKUP_STORAGE_ENDPOINT: service,
    });
    expect([await program.ends(), program.output()]).toEqual([
      1,
      `Cannot list the files in ${place}: ${service} ${message}\n`,
    ]);
  });
});

/** What stands before the server, and answers itself where a path fits. */
async function refusing(path: RegExp): Promise<{ url: string; server: Server }> {
  const { port } = new URL(server.settings['BACKUP_STORAGE_ENDPOINT']!);
  const proxy = createServer((question, answer) => {
    if (path.test(question.url!)) {
      question.resume().on('end', () => {
        answer.statusCode = 503;
        answer.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
      });
      return;
    }
    const { method, url, headers } = question;
    const asked = request({ host: '127.0.0.1', port, method, path: url, headers }, answered => {
      answer.writeHead(answered.statusCode!, answered.headers);
      answered.pipe(answer);
    });
    question.pipe(asked);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, server: proxy };
}
