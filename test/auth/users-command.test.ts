import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createBareDatabase } from '../support/database.js';
import { projectFolder } from '../../src/project-folder.js';
import { goodPassword, tryLogin } from './people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Runs the command, with a text on standard input. */
async function users(args: string[], input = '', url = app.database.url): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['src/cli/pier2-command.js', 'users', ...args], {
    cwd: projectFolder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATABASE_URL: url },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => (output += part.toString()));
  }
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

const create = (email: string, ...more: string[]) => ['create-owner', '--email', email, '--name', 'Agrajag', ...more];

describe('pier2 users create-owner', () => {
  test('makes an owner, and shows a password that works', async () => {
    const { code, output } = await users(create('first@people.example'));
    expect(output).toMatch(
      /^Made first@people.example an owner of the shop\.\nPassword: \S{23}\nIt is shown this once/,
    );
    expect(code).toBe(0);
    expect(await tryLogin(app, 'first@people.example', /Password: (\S+)/.exec(output)![1]!)).toEqual([]);
    const { users: found } = await app.ask('{ users(role: OWNER, first: 100) { nodes { email state } } }');
    expect(found.nodes).toContainEqual({ email: 'first@people.example', state: 'ACTIVE' });
  });

  test('leaves its entry in the history, without the password, as every user does', async () => {
    await users(create('told@people.example'));
    await app.change('inviteUser', { email: 'invited@people.example', name: 'Agrajag', role: 'OWNER' });
    const { users: found } = await app.ask(
      '{ users(role: OWNER, first: 100) { nodes { email history { nodes { version actor user { id } changes { field before after } } } } } }',
    );
    const historyOf = (email: string) =>
      found.nodes.find((user: { email: string }) => user.email === email).history.nodes;
    const [entry, ...more] = historyOf('told@people.example');
    expect([entry, more]).toMatchObject([{ version: 1, actor: 'pier2 users', user: null }, []]);
    const [byInvitation] = historyOf('invited@people.example');
    const fields = ({ changes }: { changes: { field: string }[] }) => changes.map(({ field }) => field).sort();
    expect(fields(entry)).toEqual(fields(byInvitation));
    expect(entry.changes).toContainEqual({ field: 'email', before: null, after: 'told@people.example' });
  });

  test('takes the password from standard input, and shows none', async () => {
    const { output } = await users(create('second@people.example', '--password-stdin'), `${goodPassword}\n`);
    expect(output).toBe('Made second@people.example an owner of the shop.\n');
    expect(await tryLogin(app, 'second@people.example', goodPassword)).toEqual([]);
  });

  test('makes an operator, and an owner of a shop that is named', async () => {
    const password = ['--password-stdin'];
    await users(create('op@people.example', '--operator', ...password), goodPassword);
    expect(await tryLogin(app, 'op@people.example', goodPassword, { 'x-tenant': 'platform' })).toEqual([]);
    expect((await users(create('third@people.example', '--tenant', 'DEFAULT', ...password), goodPassword)).code).toBe(
      0,
    );
    expect(await tryLogin(app, 'third@people.example', goodPassword)).toEqual([]);
  }, 60_000);

  test.each([
    [
      'an email address that is taken',
      create('owner@pier2.example'),
      'Somebody has the email address "owner@pier2.example" already',
    ],
    ['an email address that is none', create('owner'), '"owner" is not an email address.'],
    ['a password that is too short', create('x@people.example', '--password-stdin'), 'password has 5 characters'],
    [
      'an unknown shop',
      create('x@people.example', '--tenant', 'Milliways'),
      'There is no shop "Milliways"; check --tenant',
    ],
    ['the platform as a shop', create('x@people.example', '--tenant', 'platform'), 'use --operator'],
  ])('ends with 1 and one sentence for %s', async (_, args, says) => {
    const { code, output } = await users(args, 'short');
    expect(output).toContain(says);
    expect(output.trimEnd()).not.toContain('\n');
    expect(code).toBe(1);
  });

  test('says how to make missing tables', async () => {
    const bare = await createBareDatabase();
    const { code, output } = await users(create('x@people.example'), '', bare.url);
    expect(output).toBe('The database has no tables of this version; run "npx mikro-orm migration:up" first.\n');
    expect(code).toBe(1);
    await bare.drop();
  });
});

describe('pier2 users list', () => {
  test('shows the users of a shop in a table', async () => {
    const { output } = await users(['list']);
    expect(output).toMatch(/│ Marvin +│ analyst@pier2.example +│ ANALYST +│ ACTIVE +│ never +│/);
    expect(output).not.toMatch(/operator@|argon2|\u001b/);
  });

  test('writes JSON for programs, and knows the platform', async () => {
    const { output } = await users(['list', '--tenant', 'platform', '--json']);
    expect(JSON.parse(output)).toContainEqual({
      name: 'Slartibartfast',
      email: 'operator@pier2.example',
      role: 'OPERATOR',
      state: 'ACTIVE',
      lastUsedAt: null,
    });
  });

  test('ends with 1 for an unknown shop', async () => {
    expect(await users(['list', '--tenant', 'Milliways'])).toMatchObject({ code: 1 });
  });
});
