import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { MigrationContext } from '../../../src/database/orm.options.js';
import { withClient } from '../../../src/database/with-client.js';
import { projectFolder } from '../../../src/project-folder.js';
import type { Check } from '../../../src/migrate/check/check.js';
import { type CheckOutcome, runChecks } from '../../../src/migrate/check/run-checks.js';
import { ScratchServer } from '../../../src/migrate/check/scratch-server.js';
import { createMigration, type CreateOptions } from '../../../src/migrate/create/create-migration.js';
import type { Created } from '../../../src/migrate/create/write-migrations.js';
import { writeIntegrity } from '../../../src/migrate/integrity.js';
import type { Finding } from '../../../src/migrate/lint/finding.js';
import { Planet, Shelf } from './shelves.js';

type Entities = MigrationContext['entities'];

/** Statements of a migration that a test writes; code in place of them where it begins with `throw`. */
export interface HandWritten {
  up: string[];
  down?: string[] | string;
}

/** A project of two tables, with a migration of each. */
export class SmallProject {
  private constructor(
    /** Holds the folders of migrations. */
    readonly folder: string,
    /** What fills its tables with rows. */
    public seeds: string[],
  ) {}

  static async make(): Promise<SmallProject> {
    const seeds = [`insert into shelves (id, name) values (1, 'Towels'), (2, 'Fish')`];
    await mkdir(`${projectFolder}/.pier2`, { recursive: true });
    const draft = new SmallProject(await mkdtemp(`${projectFolder}/.pier2/test-authoring-`), seeds);
    for (const name of ['platform', 'tenant']) {
      await mkdir(join(draft.folder, name));
      await writeFile(join(draft.folder, name, '.snapshot.json'), '{"tables":[],"namespaces":[]}');
    }
    await writeIntegrity(draft.folders);
    const [planets] = (await createMigration(draft.platform(), { name: 'planets', renames: [], drops: [] }))!
      .migrations;
    // The schema stays, since the note of what has run is in it.
    const path = join(projectFolder, planets!.file);
    await writeFile(path, (await readFile(path, 'utf8')).replace(/ *this.addSql\(`drop schema .*\n/, ''));
    await writeIntegrity(draft.folders);
    await draft.create([Shelf], { name: 'shelves' });
    // What was written is loaded as it was first, so the project is a copy.
    const project = await draft.copy();
    await draft.remove();
    return project;
  }

  get folders() {
    return { platform: join(this.folder, 'platform'), tenant: join(this.folder, 'tenant') };
  }

  platform(): MigrationContext {
    return { contextName: 'platform', entities: [Planet], migrationsFolder: this.folders.platform, extensions: [] };
  }

  tenant(entities: Entities): MigrationContext {
    return { contextName: 'default', entities, migrationsFolder: this.folders.tenant, extensions: [] };
  }

  /** Writes the migration that brings the tables to these entities. */
  create(entities: Entities, options: Partial<CreateOptions> = {}): Promise<Created | undefined> {
    return createMigration(this.tenant(entities), { name: 'changed', renames: [], drops: [], ...options });
  }

  /** Writes a migration by hand, and lists it. Gives its path from the project's folder. */
  async write(words: string, { up, down = [] }: HandWritten): Promise<string> {
    const name = `Migration2099010100000${(await this.files()).length}_${words}`;
    const adds = (statements: string[]) => statements.map(sql => `    this.addSql(\`${sql}\`);\n`).join('');
    const path = join(this.folders.tenant, `${name}.ts`);
    await writeFile(
      path,
      `import { Migration } from '@mikro-orm/migrations';

export class ${name} extends Migration {
  override name = '${name}';

  override up(): void {
${adds(up)}  }

  override down(): void {
${typeof down === 'string' ? `    ${down}\n` : adds(down)}  }
}
`,
    );
    await writeIntegrity(this.folders);
    return relative(projectFolder, path);
  }

  /** The migrations of tenants. */
  async files(): Promise<string[]> {
    return (await readdir(this.folders.tenant)).filter(file => file.endsWith('.ts')).sort();
  }

  /** A file of the project, from the folder of migrations. */
  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), 'utf8');
  }

  /** All that stands in the folder of migrations, to see whether anything changed. */
  async everything(): Promise<Record<string, string>> {
    const files = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const texts = files
      .filter(file => file.isFile())
      .map(async file => {
        const path = join(file.parentPath, file.name);
        return [relative(this.folder, path), await readFile(path, 'utf8')];
      });
    return Object.fromEntries(await Promise.all(texts));
  }

  /** Runs checks on the tests' server. */
  async check(entities: Entities, ...checks: Check[]): Promise<CheckOutcome[]> {
    const server = await ScratchServer.open({ url: process.env['TEST_SERVER_URL']! });
    try {
      return await runChecks(checks, {
        platform: this.platform(),
        tenant: this.tenant(entities),
        makeDatabase: () => server.makeDatabase(),
        seed: url =>
          withClient(url, async client => {
            for (const sql of this.seeds) {
              await client.query(sql);
            }
          }),
        signal: new AbortController().signal,
      });
    } finally {
      await server.close();
    }
  }

  /** What a check finds, as `file:line rule message`; files by their names. */
  async found(entities: Entities, check: Check): Promise<string[]> {
    const outcomes = await this.check(entities, check);
    return outcomes.flatMap(({ findings }) => findings).map(line);
  }

  /** A project like this one, which nothing has loaded migrations of yet. */
  async copy(): Promise<SmallProject> {
    const folder = await mkdtemp(`${projectFolder}/.pier2/test-authoring-`);
    await cp(this.folder, folder, { recursive: true });
    return new SmallProject(folder, this.seeds);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

/** A finding in one line. */
export function line({ file, line: number, rule, message }: Finding): string {
  return `${basename(file).replace(/Migration\d{14}_/, '')}:${number} ${rule} ${message.replaceAll(/Migration\d{14}_/g, '')}`;
}
