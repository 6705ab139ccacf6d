import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import { projectFolder } from '../../../src/project-folder.js';
import { newId } from '../../../src/database/new-id.js';
import { migrationFiles, migrationFolders } from '../../../src/migrate/files.js';
import { tenantStatements } from '../../../src/migrate/tenant-tables.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { type Program, run } from '../../support/process.js';

/** A migration that only a test has. */
export interface ExtraMigration {
  up: string[];
  down?: string[];
  /** Whether it runs outside of a transaction. */
  alone?: boolean;
}

/** A database with several shops, and the command that migrates them. */
export interface Fleet {
  database: TestDatabase;
  /** A folder with the landed migrations and some more, and the names of these. */
  folder: string;
  /** Runs `pier2 migrate` with the folder, and gives what came of it. */
  migrate(...args: string[]): Promise<Ended>;
  /** Starts `pier2 migrate` with the folder. */
  start(...args: string[]): Program;
  /** Puts a migration into the folder, and gives its name. */
  add(name: string, migration: ExtraMigration): Promise<string>;
  /** The last migration that each shop has seen, by the shops' names. */
  versions(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

/** What a command came to. */
export interface Ended {
  code: number | null;
  output: string;
  /** What it wrote with `--json`. */
  // Tests look into reports of any shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

/** The last migration that has landed. */
export const landed = (await migrationFiles(migrationFolders.tenant)).at(-1)!.name;

/** The schema of a shop that `startFleet` has made. */
export const schemaOf = (name: string) => `tenant_${name}`;

/** Makes a database with shops whose tables stand, besides the default one. */
export async function startFleet(
  names: readonly string[],
  states: Record<string, string> = {},
  databaseOf: () => Promise<TestDatabase> = () => createTestDatabase('empty'),
): Promise<Fleet> {
  const database = await databaseOf();
  await addShops(database, names, states);
  await mkdir(`${projectFolder}/.pier2`, { recursive: true });
  const parent = await mkdtemp(`${projectFolder}/.pier2/test-migrations-`);
  const folder = join(parent, 'tenant');
  await mkdir(folder);
  for (const { name, path } of await migrationFiles(migrationFolders.tenant)) {
    const file = relative(folder, path).replace(/ts$/, 'js');
    await writeFile(join(folder, `${name}.ts`), `export { ${name} } from '${file}';\n`);
  }
  const start = (...args: string[]) =>
    run(process.execPath, ['src/cli/pier2-command.js', 'migrate', ...args, '--migrations', folder], {
      DATABASE_URL: database.url,
    });
  return {
    database,
    folder,
    start,
    migrate: async (...args) => {
      const program = start(...args);
      const code = await program.ends();
      const output = program.output();
      return { code, output, json: args.includes('--json') && /^[{[]/m.test(output) ? parse(output) : undefined };
    },
    add: async (words, migration) => {
      const name = `Migration20990101000000_${words}`;
      await writeFile(join(folder, `${name}.ts`), classOf(name, migration));
      return name;
    },
    versions: async () => {
      const tenants = await database.query<{ name: string; schema: string }>(
        'select name, schema from platform.tenants order by name',
      );
      const found = tenants.map(async ({ name, schema }) => {
        const [row] = await database.query<{ name: string }>(
          `select name from ${pg.escapeIdentifier(schema)}.mikro_orm_migrations order by id desc limit 1`,
        );
        return [name, row!.name];
      });
      return Object.fromEntries(await Promise.all(found));
    },
    close: async () => {
      await rm(parent, { recursive: true });
      await database.drop();
    },
  };
}

function parse(output: string): unknown {
  return JSON.parse(output.slice(output.search(/^[{[]/m)));
}

function classOf(name: string, { up, down = [], alone = false }: ExtraMigration): string {
  const adds = (statements: string[]) => statements.map(sql => `    this.addSql(${JSON.stringify(sql)});`).join('\n');
  return `import { Migration } from '@mikro-orm/migrations';

export class ${name} extends Migration {
  override name = '${name}';

  override up(): void {
${adds(up)}
  }

  override down(): void {
${adds(down)}
  }
${alone ? '\n  override isTransactional(): boolean {\n    return false;\n  }\n' : ''}}
`;
}

/** Makes shops by the statements of the migrations, which takes a third of what the command takes. */
async function addShops(
  database: TestDatabase,
  names: readonly string[],
  states: Record<string, string>,
): Promise<void> {
  const migrations = (await migrationFiles(migrationFolders.tenant)).map(({ name }) => name);
  const statements = await tenantStatements(migrations);
  for (const name of names) {
    await database.query(
      [
        'begin',
        `create schema ${schemaOf(name)}`,
        `set local search_path to ${schemaOf(name)}`,
        ...statements.map(statement => statement.trim().replace(/;$/, '')),
        'create table mikro_orm_migrations (id serial primary key, name varchar(255) not null, executed_at timestamptz default current_timestamp)',
        `insert into mikro_orm_migrations (name) values ${migrations.map(migration => `('${migration}')`).join(', ')}`,
        `insert into platform.tenants (id, name, schema, state, migration)
         values ('${newId()}', '${name}', '${schemaOf(name)}', '${states[name] ?? 'ACTIVE'}', '${migrations.at(-1)}')`,
        'commit',
      ].join(';\n'),
    );
  }
}
