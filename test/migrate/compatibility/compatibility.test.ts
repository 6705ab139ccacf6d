import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { projectFolder } from '../../../src/project-folder.js';
import { readBuild } from '../../../src/migrate/build.js';
import { ScratchServer } from '../../../src/migrate/check/scratch-server.js';
import { checkCompatibility } from '../../../src/migrate/compatibility/check-compatibility.js';
import {
  findStale,
  parseRecord,
  readOwnRecord,
  type StatementRecord,
} from '../../../src/migrate/compatibility/statement-record.js';
import { migrationFiles, migrationFolders } from '../../../src/migrate/files.js';
import { lintMigrations } from '../../../src/migrate/lint/lint-migrations.js';
import { endPrograms, run } from '../../support/process.js';

jest.setTimeout(60_000);

let folder: string;
let server: ScratchServer;
let record: StatementRecord;
beforeAll(async () => {
  await mkdir(`${projectFolder}/.pier2`, { recursive: true });
  folder = await mkdtemp(`${projectFolder}/.pier2/test-migrations-`);
  for (const { name, path } of await migrationFiles(migrationFolders.tenant)) {
    await writeFile(
      join(folder, `${name}.ts`),
      `export { ${name} } from '${relative(folder, path).replace(/ts$/, 'js')}';\n`,
    );
  }
  server = await ScratchServer.open({ url: process.env['TEST_SERVER_URL']! });
  record = parseRecord(await readOwnRecord(), 'the record');
});
afterEach(endPrograms);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

let number = 0;

/** Puts a migration into the folder for as long as something is done; each of its statements stands in a line of its own, from 5 on. */
async function withMigration<Result>(
  statements: readonly string[],
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  const name = `Migration2099010100${String((number += 1)).padStart(4, '0')}_change`;
  const file = join(folder, `${name}.ts`);
  const lines = statements.map(sql => `    this.addSql(${JSON.stringify(sql)});`).join('\n');
  await writeFile(
    file,
    `import { Migration } from '@mikro-orm/migrations';
export class ${name} extends Migration {
  override name = '${name}';
  override up(): void {
${lines}
  }
}
`,
  );
  try {
    return await work(relative(projectFolder, file));
  } finally {
    await rm(file);
  }
}

/** What a migration does to the statements of this build, and the file that it stands in. */
function check(...statements: string[]) {
  return withMigration(statements, async file => {
    const base = { name: 'v1', record };
    const report = await checkCompatibility(await readBuild(folder), base, () => server.makeDatabase());
    return { ...report, file };
  });
}

describe('A migration breaks older programs', () => {
  test('that drops a column which they read: what they ask for is named, and where it is dropped', async () => {
    const { findings, file } = await check(
      'alter table stock_levels add note text',
      'alter table customers drop column telephone',
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: 'breaks-old-code', severity: 'error', file, line: 6 });
    expect(findings[0]!.statement).toBe('alter table customers drop column telephone');
    expect(findings[0]!.message).toMatch(
      /^It breaks Query\.customer, .* as v1 has them: column .*telephone does not exist/,
    );
    expect(findings[0]!.operations).toEqual(
      expect.arrayContaining(['Query.customers', 'Mutation.createCustomer', 'Mutation.placeOrder', 'Order.customer']),
    );
    expect(findings[0]!.operations).not.toContain('Query.stores');
  });

  test('that adds a column which has to be given, which only running an insert shows', async () => {
    const { findings } = await check('alter table stores add manager text not null');
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('null value in column "manager" of relation "stores" violates not-null constraint'),
    ]);
    // Orders, stock and what else stands on those stores fails for want of them, and is not broken itself.
    expect(findings[0]!.operations).toEqual(['Mutation.createStore']);
  });

  test('that adds a check which a value of theirs violates', async () => {
    const { findings } = await check(`alter table tasks add constraint short check (title <> 'Ring him')`);
    expect(findings[0]).toMatchObject({
      operations: ['Mutation.createTask'],
      message: expect.stringContaining('violates check constraint "short"'),
    });
  });

  test('that adds a foreign key to what they do not write', async () => {
    const { findings } = await check(
      'create table managers (id uuid primary key)',
      'alter table stores add constraint managed foreign key (id) references managers (id)',
    );
    expect(findings).toMatchObject([{ line: 6, operations: ['Mutation.createStore'] }]);
  });

  test('that adds a trigger which refuses at the end of their transaction', async () => {
    const { findings } = await check(
      `create function refuse() returns trigger language plpgsql as 'begin raise exception ''no more pages''; end'`,
      'create constraint trigger refuse after insert on pages deferrable initially deferred for each row execute function refuse()',
    );
    expect(findings).toMatchObject([{ line: 6, operations: ['Mutation.createPage'] }]);
    expect(findings[0]!.message).toContain('no more pages. In: end of transaction');
  });

  test('that changes a type so that it does not fit their values', async () => {
    const { findings } = await check(
      'alter table orders drop constraint orders_store_id_foreign',
      'alter table orders alter store_id type text using store_id::text',
    );
    expect(findings).toMatchObject([{ line: 6, severity: 'error' }]);
    expect(findings[0]!.operations).toContain('Store.orders');
  });

  test('that changes a type which the driver reads otherwise, as a warning', async () => {
    const { findings } = await check('alter table products alter version type bigint');
    expect(findings).toMatchObject([{ rule: 'breaks-old-code', severity: 'warning', line: 5 }]);
    expect(findings[0]!.message).toContain('"version" is bigint and was integer');
    expect(findings[0]!.operations).toContain('Mutation.updateProduct');
  });

  test('in several places, each with a finding of its own, and names what works beside requests too', async () => {
    const { findings } = await check(
      'alter table tasks drop column text',
      'alter table pages add note text',
      'alter table webhook_deliveries rename to deliveries',
    );
    expect(findings.map(({ line, operations }) => [line, operations])).toEqual([
      [5, expect.arrayContaining(['Query.tasks', 'Mutation.createTask'])],
      [7, expect.arrayContaining(['Webhook.deliveries', 'Mutation.replayWebhookDelivery', 'delivery of webhooks'])],
    ]);
  });
});

describe('A migration breaks no older program', () => {
  test('that adds what may be left out', async () => {
    const { findings, notes, file } = await check(
      'alter table orders add note text',
      "alter table orders add channel text not null default 'WEB'",
      'create index orders_channel on orders (channel)',
      'create table towels (id uuid primary key, order_id uuid references orders (id))',
      'alter table orders alter cancel_reason type varchar(1000)',
      'alter table stock_levels drop constraint if exists nothing_of_that_name',
    );
    expect(findings).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^\d{3} statements and \d{3} writes of v1 ran on /)]);
    expect(notes[0]).toContain(file);
  });

  test('that says why beside the statement, which the lint leaves alone', async () => {
    const dropped =
      'alter table customers drop column telephone; -- pier2:allow breaks-old-code no program reads it since v0';
    expect((await check(dropped)).findings).toEqual([]);
    const { findings } = await withMigration([dropped], file => {
      const contexts = [{ contextName: 'default' as const, migrationsFolder: folder }];
      return lintMigrations({ contexts, files: [file] });
    });
    expect(findings.map(({ rule }) => rule)).toEqual(['drop-column']);
  });

  test('that they know', async () => {
    const { findings, notes } = await withMigration(['alter table customers drop column telephone'], async file => {
      const tenant = [...record.tenant, file.replace(/.*\/|\.ts$/g, '')];
      const base = { name: 'v2', record: { ...record, tenant } };
      return checkCompatibility(await readBuild(folder), base, () => server.makeDatabase());
    });
    expect([findings, notes]).toEqual([[], ['There are no migrations that v2 has not.']]);
  });
});

test('Without the migrations that an older program knows, nothing is run, and that is said', async () => {
  const base = { name: 'v1', record: { ...record, tenant: ['Migration20000101000000_gone', ...record.tenant] } };
  const { findings, notes } = await checkCompatibility(await readBuild(folder), base, () => server.makeDatabase());
  expect([findings, notes]).toEqual([
    [],
    ['Not run, since v1 has migrations that are gone: Migration20000101000000_gone.'],
  ]);
});

test('A record of other migrations than there are is stale', async () => {
  const build = await readBuild();
  const text = await readOwnRecord();
  expect(findStale(text, build)).toEqual([]);
  expect(findStale(text, { ...build, tenant: build.tenant.slice(1) })).toMatchObject([
    {
      rule: 'stale-statements',
      file: 'migrations/statements.json',
      message: expect.stringContaining('npm run statements:write'),
    },
  ]);
});

describe('pier2 migrate compatibility', () => {
  const compatibility = async (...args: string[]) => {
    const server_ = ['--server', process.env['TEST_SERVER_URL']!, '--migrations', folder];
    const program = run(process.execPath, [
      'src/cli/pier2-command.js',
      'migrate',
      'compatibility',
      ...server_,
      ...args,
    ]);
    return { code: await program.ends(), output: program.output() };
  };

  test('tells findings as the lint does, with all operations as JSON, and ends with 1', async () => {
    const { code, output } = await withMigration(['alter table tasks drop column text'], () =>
      compatibility('--json', '--base', 'HEAD'),
    );
    expect(code).toBe(1);
    expect(JSON.parse(output).findings).toMatchObject([
      { rule: 'breaks-old-code', line: 5, operations: expect.arrayContaining(['Query.tasks', 'Mutation.createTask']) },
    ]);
  });

  test('refuses a release that git does not know', async () => {
    const { code, output } = await compatibility('--base', 'no-such-release');
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('git has no migrations/statements.json at no-such-release'),
    ]);
  });
});
