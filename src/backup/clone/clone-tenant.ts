import pg from 'pg';
import type { Reader } from '../../database/reader.js';
import type { Transact, Transaction } from '../../database/transactions.js';
import { quote } from '../../errors.js';
import { unseen } from '../../migrate/build.js';
import { migrationFiles, migrationFolders } from '../../migrate/files.js';
import type { Asks } from '../../migrate/fingerprint.js';
import { withMigrationLock } from '../../migrate/lock.js';
import { MigrateError } from '../../migrate/migrate-error.js';
import { countRows } from '../../migrate/row-counts.js';
import { asClient } from '../../migrate/schema-runner.js';
import { standIn } from '../../migrate/squash/squashed.js';
import { seenMigrations } from '../../migrate/tenants.js';
import { Tenant, TenantState } from '../../tenancy/tenant.entity.js';
import {
  addTenant,
  type BuildTables,
  buildTenant,
  checkServed,
  type NewTenant,
  unknownTenant,
} from '../../tenancy/tenant.service.js';
import { compareTable } from './compare-table.js';
import { copyBackfills } from './copy-backfills.js';
import { copySequences, copyTable, dropConstraints, type Schemas } from './copy-table.js';
import { PersonalValues } from './personal-values.js';
import { checkSameTables, tablesOf } from './shop-tables.js';
import { decidedTables, type PlannedTable, planTables } from './table-plan.js';

/** A clone as somebody asks for it. */
export interface CloneOptions extends NewTenant {
  /** The shop that is cloned. */
  source: { id: string; schema: string };
  /** Whether other values take the place of personal ones. */
  anonymise: boolean;
  /** Is told now and then how many rows of all are copied; what it throws ends the work, with nothing made. */
  onProgress?: (rows: number, total: number) => void;
}

/** What a clone has. */
export interface Cloned {
  /** The key of the shop that was made. */
  id: string;
  rows: number;
}

/** How tenants are made. */
export interface CloneTools {
  url: string;
  /** Reads of the platform. */
  reader: Reader;
  /** Transactions of the platform. */
  transact: Transact;
  buildTables: BuildTables;
}

/**
 * Makes a tenant with the data of another, as they are at one moment: all of it or nothing, in one transaction. The other one
 * is read and written meanwhile; only its migrations wait.
 * @throws RefusedInput UNKNOWN_TENANT, TENANT_NOT_READY, or with what is wrong with the new name and hosts
 * @throws MigrateError when the other has not seen the migrations of this build, or its tables are not what they make
 */
export async function cloneTenant(
  { url, reader, transact, buildTables }: CloneTools,
  options: CloneOptions,
): Promise<Cloned> {
  const { id, schema } = options.source;
  return withMigrationLock(url, schema, async () => {
    const tables = await namesOfTables(reader, schema);
    return transact(async transaction => {
      const db = asClient(transaction.em.getTransactionContext());
      await beginSnapshot(db, tables);
      const source = await findServed(transaction, id);
      await checkMigrations(db, source);
      const clone = await addTenant(transaction, newTenant(options, source), TenantState.ACTIVE, null);
      await buildTenant(transaction, buildTables, clone);
      const rows = await copyRows(transaction, db, { source, clone }, options);
      await copyBackfills(db, source.id, clone.id);
      return { id: clone.id, rows };
    });
  });
}

function newTenant({ name, hosts = null, anonymise }: CloneOptions, source: Tenant) {
  return { name, hosts, origin: { clonedFrom: source.name, anonymised: anonymise } };
}

async function namesOfTables(reader: Reader, schema: string): Promise<string[]> {
  const rows = await reader.run<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1::text order by 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

/**
 * Begins to see the database as it is at one moment. The tables are locked before that, as readers lock them: what is emptied or
 * rewritten after the moment would look empty, and what is dropped would be gone.
 */
async function beginSnapshot(db: Asks, tables: readonly string[]): Promise<void> {
  await db.query('set transaction isolation level repeatable read');
  await db.query('set local statement_timeout = 0');
  if (tables.length > 0) {
    await db.query(`lock table ${tables.join(', ')} in access share mode`);
  }
}

/** @throws RefusedInput UNKNOWN_TENANT or TENANT_NOT_READY */
async function findServed({ em }: Transaction, id: string): Promise<Tenant> {
  const tenant = await em.findOne(Tenant, { id });
  if (!tenant) {
    throw unknownTenant();
  }
  checkServed(tenant);
  return tenant;
}

/** The tables of the clone are made by this build's migrations, so the source has to have seen these, and no others. */
async function checkMigrations(db: Asks, { name, schema }: Tenant): Promise<void> {
  const files = await migrationFiles(migrationFolders.tenant);
  const seen = standIn((await seenMigrations(db, [schema])).get(schema) ?? [], files);
  const [pending] = unseen(files, seen);
  if (pending !== undefined) {
    throw new MigrateError(
      `${quote(name)} lacks ${pending}; run "npx pier2 migrate apply --tenant ${quote(name)}" first.`,
    );
  }
  const newer = seen.find(migration => !files.some(file => file.name === migration));
  if (newer !== undefined) {
    throw new MigrateError(
      `${quote(name)} has seen ${newer}, which this version of Pier 2 does not have; clone it with the version that has it.`,
    );
  }
}

/** Copies all rows that a clone takes over, and gives how many. */
async function copyRows(
  { em }: Transaction,
  db: Asks,
  { source, clone }: { source: Tenant; clone: Tenant },
  { anonymise, onProgress = () => {} }: CloneOptions,
): Promise<number> {
  const schemas: Schemas = { source: source.schema, clone: clone.schema };
  const tables = await tablesOf(db, clone.schema);
  checkSameTables(source.name, await tablesOf(db, source.schema), tables);
  const planned = planTables(tables, decidedTables(em.getMetadata()), anonymise);
  const counts = new Map((await countRows(db, [source.schema])).map(({ table, rows }) => [table, rows]));
  const rowsOf = ({ name }: PlannedTable) => counts.get(name) ?? 0;
  const total = planned.reduce((sum, table) => sum + rowsOf(table), 0);
  const values = anonymise ? await PersonalValues.begin(db) : undefined;
  const makeConstraints = await dropConstraints(db, clone.schema);
  let done = 0;
  for (const table of planned) {
    const { name, columns, personal } = table;
    const valueOf = (column: string) => {
      const kind = personal.get(column);
      return kind === undefined ? `t.${pg.escapeIdentifier(column)}` : values!.inPlaceOf(column, kind);
    };
    await copyTable(db, schemas, table, valueOf, part => onProgress(done + Math.floor(part * rowsOf(table)), total));
    const kept = columns.filter(column => !personal.has(column));
    await compareTable(db, schemas, name, kept);
    done += rowsOf(table);
  }
  for (const statement of makeConstraints) {
    await db.query(statement);
  }
  await copySequences(db, schemas);
  await values?.end();
  return total;
}
