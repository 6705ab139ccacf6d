import { relative, sep } from 'node:path';
import pg from 'pg';
import { missingCountriesSql } from '../../countries/country.data.js';
import { defaultTenantSchema, platformSchema } from '../../database/schemas.js';
import { projectFolder } from '../../project-folder.js';
import { schemaNameFor } from '../../tenancy/schema-name.js';
import type { Build } from '../build.js';
import { indexMadeBy } from '../concurrently.js';
import { type MigrationFile, migrationTable } from '../files.js';
import { lockingSql } from '../lock.js';
import { MigrateError } from '../migrate-error.js';
import { noteVersion } from '../note-version.js';
import { type RecordedMigration, type RecordedStatement, recordMigration } from '../recorded-migration.js';

/** What a script is about. */
export interface ScriptOptions {
  /**
   * Names of tenants, each with `=` and its schema where that is not the one that its name gives, and `platform` for the
   * platform; none for the platform and the default tenant.
   */
  tenants: readonly string[];
  /** The last migration that is left out, by its whole name; none without it. */
  from: string | undefined;
  /** Milliseconds that a statement waits for a lock. */
  lockTimeout: number;
}

/** The tenant that is there in each installation. */
const defaultTenant = 'default';

/** A schema that a script migrates. */
interface Target {
  /** Undefined for the platform. */
  tenant: string | undefined;
  schema: string;
  files: readonly MigrationFile[];
}

/**
 * The SQL that `apply` would run, without a database: for each schema and migration a transaction, which also notes that it was
 * seen. Each first looks whether it is its turn, so what was seen already stops it, and so does a tenant of another schema.
 * @throws MigrateError when there is no migration of that name
 */
export async function sqlScript(build: Build, { tenants, from, lockTimeout }: ScriptOptions): Promise<string> {
  if (from !== undefined && ![...build.tenant, ...build.platform].some(({ name }) => name === from)) {
    throw new MigrateError(`There is no migration "${from}"; give a whole name, such as ${build.tenant.at(-1)?.name}.`);
  }
  const names = tenants.length > 0 ? tenants : [platformSchema, defaultTenant];
  const parts = [head];
  for (const name of names) {
    const target = await targetOf(name, build);
    parts.push(
      `-- ${target.tenant === undefined ? 'The platform' : `The shop ${target.tenant}`}, schema ${target.schema}`,
    );
    for (const [index, { name: migration, path }] of target.files.entries()) {
      if (from === undefined || migration > from) {
        const recorded = await recordMigration(path);
        parts.push(scriptOf(recorded, target, target.files[index - 1], lockTimeout));
      }
    }
    if (target.tenant === undefined) {
      parts.push(`-- Countries that the data set has and the table has not.\n${missingCountriesSql()};`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

const head = `-- What "pier2 migrate apply" runs, made of the migrations alone: psql --set ON_ERROR_STOP=1 --file THIS_FILE DATABASE_URL
-- A transaction fails, and changes nothing, where its migration was seen already or the one before it was not.`;

async function targetOf(name: string, { tenant, platform }: Build): Promise<Target> {
  if (name === platformSchema) {
    return { tenant: undefined, schema: platformSchema, files: platform };
  }
  const at = name.lastIndexOf('=');
  const shop = at === -1 ? name : name.slice(0, at);
  const usual = shop === defaultTenant ? defaultTenantSchema : await schemaNameFor(shop, async () => false);
  const schema = at === -1 ? usual : name.slice(at + 1);
  return { tenant: shop, schema, files: tenant };
}

function scriptOf(
  migration: RecordedMigration,
  target: Target,
  before: MigrationFile | undefined,
  lockTimeout: number,
): string {
  const { name, file, isTransactional, up } = migration;
  const title = `-- ${name}${isTransactional ? '' : ', which runs outside of a transaction'}`;
  const timeout = `lock_timeout to '${lockTimeout}ms'`;
  // The platform's statements name its schema.
  const path = target.tenant === undefined ? undefined : `search_path to ${pg.escapeIdentifier(target.schema)}`;
  const statements = up.map(statement => `${placeOf(statement, file)}${ended(statement.sql)}`);
  const opening = [
    'begin;',
    ...tableOfMigrations(target, before),
    ended(lockingSql(target.schema)),
    turnOf(name, target, before),
  ];
  const noting = [...noteOf(name, target), 'commit;'];
  const settings = [path, timeout].filter(setting => setting !== undefined);
  if (isTransactional) {
    const set = settings.map(setting => `set local ${setting};`);
    return [title, ...opening, ...set, ...statements, ...noting].join('\n');
  }
  return [
    title,
    ...opening,
    'commit;',
    ...settings.map(setting => `set ${setting};`),
    ...statements,
    'reset lock_timeout;',
    'reset search_path;',
    'begin;',
    ...up.flatMap(({ sql }) => mustStand(sql, target.schema)),
    ...noting,
  ].join('\n');
}

/** What makes the table of migrations where the first of them comes. */
function tableOfMigrations({ schema }: Target, before: MigrationFile | undefined): string[] {
  if (before) {
    return [];
  }
  const name = pg.escapeIdentifier(schema);
  return [
    `create schema if not exists ${name};`,
    `create table if not exists ${name}.${migrationTable} (id serial primary key, name varchar(255) not null, executed_at timestamptz(6) not null default current_timestamp(6));`,
  ];
}

/** Fails where it is not a migration's turn. */
function turnOf(name: string, { tenant, schema }: Target, before: MigrationFile | undefined): string {
  const text = pg.escapeLiteral;
  const table = `${pg.escapeIdentifier(schema)}.${migrationTable}`;
  const seen = (migration: string) =>
    `exists (select from ${table} where name in (${['', '.ts', '.js'].map(end => text(`${migration}${end}`)).join(', ')}))`;
  const checks = [
    ...(tenant === undefined
      ? []
      : [
          {
            when: `not exists (select from ${platformSchema}.tenants where name = ${text(tenant)} and schema = ${text(schema)} and state in ('ACTIVE', 'SUSPENDED') for key share)`,
            then: `The shop ${tenant} has no tables in the schema ${schema}; name the right one by --tenant NAME=SCHEMA.`,
          },
        ]),
    { when: seen(name), then: `${schema} has seen ${name} already.` },
    ...(before ? [{ when: `not ${seen(before.name)}`, then: `${schema} has not seen ${before.name} yet.` }] : []),
  ];
  const lines = checks.map(
    ({ when, then }) => `  if ${when} then\n    raise exception using message = ${text(then)};\n  end if;`,
  );
  return `do $turn$ begin\n${lines.join('\n')}\nend $turn$;`;
}

function noteOf(name: string, { tenant, schema }: Target): string[] {
  const insert = `insert into ${pg.escapeIdentifier(schema)}.${migrationTable} (name) values (${pg.escapeLiteral(name)});`;
  return [insert, ...(tenant === undefined ? [] : [ended(noteVersion(schema, null))])];
}

/** Fails where an index that was made concurrently is not there, or does not serve: psql may have gone on after an error. */
function mustStand(statement: string, schema: string): string[] {
  const name = indexMadeBy(statement);
  if (name === undefined) {
    return [];
  }
  const index = pg.escapeLiteral(`${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
  const message = pg.escapeLiteral(`The index ${name} is not there, or does not serve: drop it, and make it again.`);
  return [
    `do $stands$ begin
  if not exists (select from pg_index where indexrelid = to_regclass(${index}) and indisvalid) then
    raise exception using message = ${message};
  end if;
end $stands$;`,
  ];
}

function placeOf({ line }: RecordedStatement, file: string): string {
  const path = relative(projectFolder, file).replaceAll(sep, '/');
  return `-- ${path}${line === undefined ? '' : `:${line}`}\n`;
}

function ended(sql: string): string {
  const text = sql.trim().replace(/;$/, '');
  // A comment at the end would take the semicolon in.
  return /--[^\n]*$/.test(text) ? `${text}\n;` : `${text};`;
}
