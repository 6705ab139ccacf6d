import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withClient } from '../../database/with-client.js';
import { projectFolder } from '../../project-folder.js';
import { type Build, findMigration, readBuild } from '../build.js';
import { compareObjects, type SchemaGroup } from '../drift.js';
import { ExpectedSchemas } from '../expected.js';
import type { MigrationFile } from '../files.js';
import { findDrift } from '../find-drift.js';
import { checkIntegrity, foldersBeside, listOf, writeIntegrity } from '../integrity.js';
import { MigrateError } from '../migrate-error.js';
import { recordMigration } from '../recorded-migration.js';
import { tenantContextOf } from '../run-over-tenants.js';
import { readTenants, seenMigrations } from '../tenants.js';
import { squashSource } from './squash-source.js';

/** What a squash came to. */
export interface SquashReport {
  /** The migration that stands for the others. */
  migration: string;
  replaces: string[];
  /** Tenants that have not seen all of them, each with the first that it has not, for which it was refused. */
  behind: { tenant: string; migration: string }[];
  /** The groups whose schemas are not what the migrations give, for which it was refused. */
  drift: SchemaGroup[];
  written: boolean;
}

/**
 * Puts one migration in the place of all up to one, in the files alone: tables of migrations stay as they are, and who has seen
 * all of them counts as having seen the new one.
 * @throws MigrateError when there is nothing to squash, or the new migration would not do the same
 */
export async function squash(
  url: string,
  build: Build,
  { to, dryRun }: { to: string; dryRun: boolean },
): Promise<SquashReport> {
  const last = findMigration(build, to);
  const place = 1 + build.tenant.findIndex(({ name }) => name === last);
  const replaced = build.tenant.slice(0, place);
  const name = `${last}_squashed`;
  const next = build.tenant[place];
  if (replaced.length < 2) {
    throw new MigrateError(`${last} is the first migration, so there is nothing to squash.`);
  }
  if (next && next.name < name) {
    throw new MigrateError(`${name} would come behind ${next.name}; squash up to another one.`);
  }
  await checkList(build);
  const replaces = replaced.map(file => file.name);
  const behind = await tenantsBehind(url, build, replaced);
  const drift = behind.length > 0 ? [] : (await findDrift(url, build, 'all')).filter(({ difference }) => difference);
  const report = { migration: name, replaces, behind, drift, written: false };
  if (behind.length + drift.length > 0) {
    return report;
  }
  const source = await squashSource(name, await Promise.all(replaced.map(({ path }) => recordMigration(path))));
  await compare(url, build, name, source, replaces);
  if (!dryRun) {
    await put(build, name, source, replaced);
  }
  return { ...report, written: !dryRun };
}

/** The list is written anew as a whole, which must not hide what else was changed. */
async function checkList({ tenantFolder }: Build): Promise<void> {
  const folders = foldersBeside(tenantFolder);
  const [finding] = existsSync(listOf(folders)) ? await checkIntegrity(folders) : [];
  if (finding) {
    throw new MigrateError(`${finding.message} Mend that first: "pier2 migrate check" says how.`);
  }
}

async function tenantsBehind(
  url: string,
  build: Build,
  replaced: readonly MigrationFile[],
): Promise<SquashReport['behind']> {
  return withClient(url, async client => {
    const tenants = await readTenants(client, 'all', build.tenant);
    // As it stands in the tables: a squashed one can be squashed again when those that it replaced are forgotten.
    const seen = await seenMigrations(
      client,
      tenants.map(({ schema }) => schema),
    );
    return tenants.flatMap(({ name, schema }) => {
      const missing = replaced.find(file => !seen.get(schema)?.includes(file.name));
      return missing ? [{ tenant: name, migration: missing.name }] : [];
    });
  });
}

/** Runs the new migration and those that it replaces in schemas that nobody sees. */
async function compare(url: string, build: Build, name: string, source: string, replaces: string[]): Promise<void> {
  const parent = `${projectFolder}/.pier2`;
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'squash-'));
  await writeFile(join(folder, `${name}.ts`), source);
  const squashed = await readBuild(folder);
  const [before, after] = await Promise.all(
    [build, squashed].map(async each => new ExpectedSchemas(url, await tenantContextOf(each), each.tenant)),
  );
  try {
    const wanted = [...(await before!.objects(replaces)), ...(await before!.rows(replaces))];
    const found = [...(await after!.objects([name])), ...(await after!.rows([name]))];
    const difference = compareObjects(wanted, found);
    if (difference) {
      throw new MigrateError(
        `One migration of all statements would not do the same, since one of them looks at rows or at its schema: it ${difference.description}`,
      );
    }
  } finally {
    await Promise.all([before!.close(), after!.close(), rm(folder, { recursive: true })]);
  }
}

async function put(
  { tenantFolder }: Build,
  name: string,
  source: string,
  replaced: readonly MigrationFile[],
): Promise<void> {
  await writeFile(join(tenantFolder, `${name}.ts`), source, { flag: 'wx' });
  await Promise.all(replaced.map(({ path }) => rm(path)));
  const baseline = join(tenantFolder, '.lint-baseline');
  // Only schemas that nobody uses yet run it, so no rule says anything about it.
  if (existsSync(baseline) && (await readFile(baseline, 'utf8')).trim() < name) {
    await writeFile(baseline, `${name}\n`);
  }
  const folders = foldersBeside(tenantFolder);
  if (existsSync(listOf(folders))) {
    await writeIntegrity(folders);
  }
}
