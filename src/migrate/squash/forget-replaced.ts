import pg from 'pg';
import { platformSchema } from '../../database/schemas.js';
import { withClient } from '../../database/with-client.js';
import type { Build } from '../build.js';
import type { SchemaGroup } from '../drift.js';
import { type MigrationFile, migrationTable } from '../files.js';
import { findDrift } from '../find-drift.js';
import { lockMigrations } from '../lock.js';
import { MigrateError } from '../migrate-error.js';
import type { Progress } from '../report.js';
import { exists, readTenants, seenMigrations } from '../tenants.js';
import { standIn } from './squashed.js';

/** What became of the tables of migrations. */
export interface ForgetReport {
  /** Tenants that have not seen a squashed migration, for which it was refused. */
  behind: { tenant: string; migration: string }[];
  /** The groups whose schemas are not what the migrations give, for which it was refused. */
  drift: SchemaGroup[];
  /** Tenants whose tables were rewritten; the others had nothing to forget. */
  rewritten: number;
  total: number;
  /** Whether it was stopped before all were done. */
  interrupted: boolean;
}

/**
 * Puts squashed migrations into all tenants' tables of migrations in the place of those that they replace, so that nothing
 * needs to know of these any more. A build that still has them must not run again then: it would run them.
 * @throws MigrateError when no migration is squashed
 */
export async function forgetReplaced(
  url: string,
  build: Build,
  { dryRun, signal, onProgress }: { dryRun: boolean; signal: AbortSignal; onProgress: Progress },
): Promise<ForgetReport> {
  const squashed = build.tenant.filter(({ replaces }) => replaces.length > 0);
  if (squashed.length === 0) {
    throw new MigrateError('No migration is squashed, so there is nothing to forget.');
  }
  return withClient(url, async client => {
    const tenants = await readTenants(client, 'all', build.tenant);
    const behind = tenants.flatMap(({ name, seen }) =>
      squashed.filter(file => !seen.includes(file.name)).map(file => ({ tenant: name, migration: file.name })),
    );
    const drift = behind.length > 0 ? [] : (await findDrift(url, build, 'all')).filter(({ difference }) => difference);
    const report = { behind, drift, rewritten: 0, total: tenants.length, interrupted: false };
    if (behind.length + drift.length > 0) {
      return report;
    }
    for (const [done, { schema }] of tenants.entries()) {
      if (signal.aborted) {
        return { ...report, interrupted: true };
      }
      report.rewritten += (await rewrite(client, schema, squashed, dryRun)) ? 1 : 0;
      onProgress(done + 1, tenants.length);
    }
    return report;
  });
}

/** Rewrites the table of one tenant, in a transaction that holds the lock of its migrations, and tells whether there was anything to do. */
async function rewrite(
  client: pg.Client,
  schema: string,
  squashed: readonly MigrationFile[],
  dryRun: boolean,
): Promise<boolean> {
  await client.query('begin');
  try {
    await lockMigrations(client, schema, true);
    const seen = (await seenMigrations(client, [schema])).get(schema) ?? [];
    const stands = new Set(standIn(seen, squashed));
    const done = squashed.filter(({ name, replaces }) => stands.has(name) && replaces.some(old => seen.includes(old)));
    for (const { name, replaces } of dryRun ? [] : done) {
      await replaceIn(client, schema, name, replaces);
    }
    await client.query('commit');
    return done.length > 0;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function replaceIn(client: pg.Client, schema: string, name: string, replaces: readonly string[]): Promise<void> {
  const table = `${pg.escapeIdentifier(schema)}.${migrationTable}`;
  const stem = `regexp_replace(name, '\\.[jt]s$', '')`;
  // In the place of the first, so that the order in which all were seen stays.
  await client.query(
    `with old as (delete from ${table} where ${stem} = any($1::text[]) or ${stem} = $2 returning id, executed_at)
     insert into ${table} (id, name, executed_at) select min(id), $2, max(executed_at) from old`,
    [replaces, name],
  );
  await client.query(
    `update ${platformSchema}.tenants set migration = $1 where schema = $2 and migration = any($3::text[])`,
    [name, schema, replaces],
  );
  if (await exists(client, 'tenant_migrations')) {
    await client.query(
      `update ${platformSchema}.tenant_migrations m set migration = $1 from ${platformSchema}.tenants t
       where t.id = m.tenant_id and t.schema = $2 and m.migration = any($3::text[])`,
      [name, schema, replaces],
    );
  }
}
