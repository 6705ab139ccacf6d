import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type pg from 'pg';
import { projectFolder } from '../../project-folder.js';
import type { Build } from '../build.js';
import { withoutConcurrently } from '../concurrently.js';
import type { MigrationFile } from '../files.js';
import { Allows } from '../lint/allow.js';
import { loadParser } from '../lint/parser.js';
import { readStatements } from '../lint/read-statements.js';
import { SourceText } from '../lint/source-text.js';
import { MigrateError } from '../migrate-error.js';
import { recordMigration } from '../recorded-migration.js';
import type { StatementRecord } from './statement-record.js';

/** One piece of SQL of a migration, as it is given to the database. */
export interface Step {
  sql: string;
  /** The migration's file, from the project's folder, and the line in it. */
  file: string;
  line: number;
  /** The rules that a comment beside it allows, with a reason. */
  allowed: string[];
}

/** The steps that lead to the schema of the older program, and from there to that of this build. */
export interface Steps {
  older: Step[];
  newer: Step[];
  /** The migrations that the older program has not seen. */
  migrations: string[];
  /** Those that it had and that are gone, so that its schema cannot be made. */
  missing: string[];
}

/** The steps of a build's migrations, the platform's first, as they are applied. */
export async function readSteps(build: Build, { platform, tenant }: StatementRecord): Promise<Steps> {
  const known = new Set([...platform, ...tenant]);
  const files = [...build.platform, ...build.tenant];
  const isNew = ({ name }: MigrationFile) => !known.has(name);
  const older: Step[] = [];
  const newer: Step[] = [];
  for (const file of files) {
    (isNew(file) ? newer : older).push(...(await stepsOf(file)));
  }
  const there = new Set(files.map(({ name }) => name));
  return {
    older,
    newer,
    migrations: files.filter(isNew).map(({ path }) => relative(projectFolder, path)),
    missing: [...known].filter(name => !there.has(name)),
  };
}

async function stepsOf({ path }: MigrationFile): Promise<Step[]> {
  const [{ up, isTransactional }, source, parser] = await Promise.all([
    recordMigration(path),
    readFile(path, 'utf8'),
    loadParser(),
  ]);
  const text = new SourceText(source);
  const allows = new Allows();
  return up.map(recorded => {
    const statements = readStatements(recorded, text, allows, parser);
    const allowed = statements.flatMap(statement => statement.allowed).filter(({ reason }) => reason !== '');
    return {
      sql: isTransactional ? recorded.sql : withoutConcurrently(recorded.sql),
      file: relative(projectFolder, path),
      line: statements[0]?.line ?? recorded.line ?? 1,
      allowed: allowed.map(({ rule }) => rule),
    };
  });
}

/** @throws MigrateError when a step fails */
export async function take(client: pg.ClientBase, steps: readonly Step[]): Promise<void> {
  for (const { sql, file, line } of steps) {
    await client.query(sql).catch((error: Error) => {
      throw new MigrateError(`${file}:${line} fails on an empty database: ${error.message}.`, { cause: error });
    });
  }
}

/** The same, those of a migration at once, which takes a third of the time and does not tell which of them fails. */
export async function takeTogether(client: pg.ClientBase, steps: readonly Step[]): Promise<void> {
  for (const file of new Set(steps.map(step => step.file))) {
    const of = steps.filter(step => step.file === file);
    await take(client, [{ ...of[0]!, line: 1, sql: of.map(({ sql }) => sql).join('\n;\n') }]);
  }
}
