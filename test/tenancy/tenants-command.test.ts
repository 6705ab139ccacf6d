import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createBareDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { endPrograms, run } from '../support/process.js';

let database: TestDatabase;
let archives: string;
beforeAll(async () => {
  database = await createTestDatabase('empty');
  archives = await mkdtemp(join(tmpdir(), 'pier2-archives-'));
});
afterEach(endPrograms);
afterAll(async () => {
  await database.drop();
  await rm(archives, { recursive: true });
});

async function tenants(
  args: string[],
  settings: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  const program = run(process.execPath, ['src/cli/pier2-command.js', 'tenants', ...args], {
    DATABASE_URL: database.url,
    ARCHIVE_FOLDER: archives,
    ...settings,
  });
  return { code: await program.ends(), output: program.output() };
}

const stateOf = async (name: string) =>
  (await database.query<{ state: string }>('select state from platform.tenants where name = $1', [name]))[0]?.state;

describe('pier2 tenants', () => {
  test('makes a shop, with hosts and the sample data, and shows and lists it', async () => {
    const made = await tenants(['create', 'Heart of Gold', '--host', 'gold.example', '--host', 'Au.example', '--seed']);
    expect(made).toEqual({ code: 0, output: 'Made Heart of Gold in the schema tenant_heart_of_gold.\n' });
    const [count] = await database.query('select count(*)::int as orders from tenant_heart_of_gold.orders');
    expect(count).toEqual({ orders: 24 });
    const { output } = await tenants(['show', 'heart of GOLD', '--json']);
    expect(JSON.parse(output)).toMatchObject({
      name: 'Heart of Gold',
      schema: 'tenant_heart_of_gold',
      state: 'ACTIVE',
      hosts: ['au.example', 'gold.example'],
    });
    const list = await tenants(['list']);
    expect(list.output).toMatch(/│ Heart of Gold │ active │ tenant_heart_of_gold │ au\.example +│/);
    expect(list.output).toMatch(/│ default +│ active │ public/);
    expect(JSON.parse((await tenants(['list', '--json'])).output)).toHaveLength(2);
  }, 60_000);

  test('suspends, resumes, renames, and says which hosts lead to a shop', async () => {
    expect((await tenants(['suspend', 'Heart of Gold'])).output).toBe('Suspended Heart of Gold.\n');
    expect(await stateOf('Heart of Gold')).toBe('SUSPENDED');
    expect((await tenants(['resume', 'Heart of Gold'])).output).toBe('Resumed Heart of Gold.\n');
    expect(await stateOf('Heart of Gold')).toBe('ACTIVE');
    expect((await tenants(['rename', 'Heart of Gold', 'Titanic'])).output).toBe('Renamed Heart of Gold to Titanic.\n');
    expect((await tenants(['set-hosts', 'Titanic', 'titanic.example'])).output).toBe(
      'titanic.example leads to Titanic.\n',
    );
    expect(await database.query('select host from platform.tenant_hosts')).toEqual([{ host: 'titanic.example' }]);
    const history = await database.query(
      `select action from platform.history where actor = 'pier2 tenants' order by version`,
    );
    expect(history.map(({ action }) => action)).toEqual(['CREATED', 'SUSPENDED', 'RESUMED', 'UPDATED', 'UPDATED']);
  }, 60_000);

  test('removes a shop when its name is given once more, after its archive was written', async () => {
    expect(await tenants(['remove', 'Titanic'])).toEqual({
      code: 1,
      output: 'All data of Titanic will go; give its name once more: --confirm "Titanic".\n',
    });
    expect(await tenants(['remove', 'Titanic', '--confirm', 'titanic'])).toEqual({
      code: 1,
      output: `confirmName is "titanic", but the shop's name is "Titanic"; give that, since all of its data will go.\n`,
    });
    const { code, output } = await tenants(['remove', 'Titanic', '--confirm', 'Titanic']);
    expect(code).toBe(0);
    const [file] = await readdir(join(archives, 'tenant_heart_of_gold'));
    expect(output).toBe(
      `Removed Titanic. Its archive is ${join(archives, 'tenant_heart_of_gold', file!.replace('.json', ''))}.\n`,
    );
    expect(await database.query(`select from pg_namespace where nspname = 'tenant_heart_of_gold'`)).toEqual([]);
  }, 60_000);

  test.each([
    [['show', 'Nobody'], 1, 'There is no shop "Nobody"; "pier2 tenants list" shows those that there are.\n'],
    [['create', 'default'], 1, 'Another shop has the name "default"; choose another.\n'],
    [
      ['create', 'x', '--host', 'a b'],
      1,
      '"a b" is no host name; give one such as shop.example, without https:// and a port.\n',
    ],
    [
      ['remove', 'default', '--confirm', 'default'],
      1,
      /^The shop in the schema public serves .* suspend it instead\.\n$/,
    ],
    [['create'], 2, /^Missing required argument 'name'\n/],
    [['lisst'], 2, /^Unknown command 'lisst'/],
  ])('says what is wrong with %j in a sentence', async (args, code, output) => {
    const result = await tenants(args);
    expect(result).toEqual({ code, output: typeof output === 'string' ? output : expect.stringMatching(output) });
  });

  test('says what is missing where there are no tables and none are made', async () => {
    const bare = await createBareDatabase();
    const result = await tenants(['list'], { DATABASE_URL: bare.url, MIGRATE: 'false' });
    expect(result).toEqual({
      code: 1,
      output: 'The database has no tables of this version; run "npx mikro-orm migration:up" first.\n',
    });
    await bare.drop();
  });

  test('tells of itself', async () => {
    const { code, output } = await tenants(['--help']);
    expect(code).toBe(0);
    for (const verb of ['create', 'clone', 'list', 'show', 'rename', 'set-hosts', 'suspend', 'resume', 'remove']) {
      expect(output).toContain(`  ${verb} `);
    }
  });
});
