import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { projectFolder } from '../../project-folder.js';
import type { MigrationContext } from '../../database/orm.options.js';
import { migrationFolders } from '../files.js';
import { type RecordedMigration, recordMigration } from '../recorded-migration.js';
import { Catalogue } from './catalogue.js';
import type { Finding } from './finding.js';
import { lintMigration, type PredictedStatement } from './lint-migration.js';
import { ownRules } from './own-rules.js';
import { loadParser, type SqlParser } from './parser.js';
import { statementsWithin } from './read-statements.js';
import type { Runner } from './rule.js';

/** What is needed of a set of migrations to check it. */
export type LintContext = Pick<MigrationContext, 'contextName' | 'migrationsFolder'>;

export interface LintOptions {
  /** The sets of migrations; all of this project when left out. */
  contexts?: readonly LintContext[];
  /** Only these files: of the sets, or elsewhere, as drafts that come after all migrations of tenants. */
  files?: readonly string[];
  /** Also migrations that landed before there were rules. */
  all?: boolean;
  /** What will run the migrations. */
  runner?: Runner;
}

export interface LintReport {
  findings: Finding[];
  /** The files that were checked. */
  migrations: string[];
  /** What each of their statements will do to tables. */
  statements: PredictedStatement[];
}

/** The sets of migrations of this project. */
export const ownContexts: readonly LintContext[] = [
  { contextName: 'platform', migrationsFolder: migrationFolders.platform },
  { contextName: 'default', migrationsFolder: migrationFolders.tenant },
];

/** A file that cannot be checked, since there is none. */
export class NoSuchMigration extends Error {
  override name = 'NoSuchMigration';
}

/**
 * Checks migrations by all rules, without a database: each class is executed in a mode that records, and its statements are
 * read by PostgreSQL's own grammar. Those that are not asked for are read too, since they tell which tables there are.
 * @throws NoSuchMigration when one of the files is not there
 */
export async function lintMigrations({
  contexts = ownContexts,
  files,
  all = false,
  runner = 'pier2',
}: LintOptions = {}): Promise<LintReport> {
  const wanted = files?.map(file => resolve(file));
  const parser = await loadParser();
  const report: LintReport = { findings: [], migrations: [], statements: [] };
  const notFound = new Set(wanted);
  for (const context of contexts) {
    const inFolder = await migrationsIn(context.migrationsFolder);
    const drafts = context.contextName === 'default' ? draftsIn(wanted ?? [], contexts) : [];
    const inOrder = [...inFolder, ...drafts];
    inOrder.forEach(file => notFound.delete(file));
    const baseline = await baselineOf(context.migrationsFolder);
    const isAsked = (file: string) => (wanted ? wanted.includes(file) : all || nameOf(file) > baseline);
    await lintSet(context, inOrder, isAsked);
  }
  const [missing] = notFound;
  if (missing) {
    throw new NoSuchMigration(`There is no migration ${relative(process.cwd(), missing)}.`);
  }
  return report;

  async function lintSet(
    { contextName }: LintContext,
    inOrder: string[],
    isAsked: (file: string) => boolean,
  ): Promise<void> {
    const catalogue = new Catalogue();
    for (const file of inOrder) {
      const name = relative(projectFolder, file);
      let migration: RecordedMigration;
      try {
        migration = await recordFile(file);
      } catch (error) {
        if (isAsked(file)) {
          report.findings.push(cannotBeRecorded(name, error as Error));
          report.migrations.push(name);
        }
        continue;
      }
      if (!isAsked(file)) {
        note(migration, catalogue, parser);
        continue;
      }
      const source = await readFile(file, 'utf8');
      const schema = contextName === 'platform' ? 'platform' : 'tenant';
      const { findings, statements } = lintMigration(
        { migration, source, file: name, schema, runner },
        catalogue,
        parser,
      );
      report.findings.push(...findings);
      report.migrations.push(name);
      report.statements.push(...statements);
    }
  }
}

/** What a migration records; a file of SQL is taken for the `up` of one. */
async function recordFile(file: string): Promise<RecordedMigration> {
  if (!file.endsWith('.sql')) {
    return recordMigration(file);
  }
  const sql = await readFile(file, 'utf8');
  return { name: nameOf(file), file, isTransactional: true, up: [{ sql, line: 1 }], down: [] };
}

/** Takes in what a migration makes that is not checked. */
function note(migration: RecordedMigration, catalogue: Catalogue, parser: SqlParser): void {
  for (const { sql } of migration.up) {
    try {
      for (const statement of parser.parse(sql)) {
        [statement, ...statementsWithin(statement, parser).inner].forEach(({ node }) => catalogue.apply(node));
      }
    } catch {
      // It is found when that migration is checked.
    }
  }
}

async function migrationsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter(name => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts'))
    .sort()
    .map(name => join(folder, name));
}

/** Those of the files that stand in no set's folder and are there. */
function draftsIn(files: readonly string[], contexts: readonly LintContext[]): string[] {
  const folders = contexts.map(({ migrationsFolder }) => migrationsFolder);
  return files.filter(file => !folders.includes(dirname(file)) && existsSync(file));
}

/** The last migration of a folder that landed before there were rules; nothing where all are checked. */
async function baselineOf(folder: string): Promise<string> {
  return (await readFile(join(folder, '.lint-baseline'), 'utf8').catch(() => '')).trim();
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

function cannotBeRecorded(file: string, { message }: Error): Finding {
  const { id, severity } = ownRules.recording;
  return { rule: id, severity, message: `It cannot be executed without a database: ${message}.`, file, line: 1 };
}
