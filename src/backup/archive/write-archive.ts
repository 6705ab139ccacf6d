import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type pg from 'pg';
import { type CopyToStreamQuery, to as copyTo } from 'pg-copy-streams';
import { platformSchema } from '../../database/schemas.js';
import { quote } from '../../errors.js';
import { hashOf, type MigrationFile } from '../../migrate/files.js';
import { fingerprints } from '../../migrate/fingerprint.js';
import { shareMigrationLock } from '../../migrate/lock.js';
import { seenMigrations } from '../../migrate/tenants.js';
import { BackupError } from '../backup-error.js';
import type { BackupKeys } from './encryption.js';
import { type Checksums, entryNames, formatVersion, type Manifest } from './manifest.js';
import { type Entry, packArchive } from './pack.js';
import { readPlatformRows } from './platform-rows.js';
import { type ShopTable, copySql, prepareSession, qualified, readSequences, readTables } from '../tables.js';

/** What an archive is made by. */
export interface Writer {
  projectVersion: string;
  /** The migrations of this build. */
  migrations: readonly MigrationFile[];
  keys: BackupKeys;
}

/** Is told of the bytes of rows that were read so far, and of about how many there are. */
export type OnBytes = (done: number, total: number) => void;

/** An archive on its way. */
export interface ArchiveStream {
  manifest: Manifest;
  /** Its bytes; the connection serves nothing else until they are read. */
  content: Readable;
  /** What it ends with; there once all bytes were read. */
  checksums: () => Checksums;
}

/** About how much of a table one entry holds: what has a size stands in memory until it is known. */
const partSize = 1024 * 1024;

const newline = 10;

/**
 * Writes all of a tenant, as it is at one moment. Its connection holds off migrations of the tenant until it is closed, and
 * nobody else.
 */
export async function writeArchive(
  client: pg.Client,
  schema: string,
  { projectVersion, migrations, keys }: Writer,
  onBytes: OnBytes,
): Promise<ArchiveStream> {
  await prepareSession(client);
  // Before the snapshot, which would else be of a schema that a migration has just changed.
  await shareMigrationLock(client, schema);
  await client.query('begin isolation level repeatable read read only');
  const tenant = await readTenant(client, schema);
  const tables = await readTables(client, schema);
  if (tables.length === 0) {
    throw new BackupError(`The shop ${quote(tenant.name)} has no tables yet, so there is nothing to archive.`);
  }
  await client.query(`lock table ${tables.map(({ name }) => qualified(schema, name)).join(', ')} in access share mode`);
  const { rows } = await client.query<{ time: Date; snapshot: string; server: number; bytes: number }>(
    `select now() as time, pg_current_snapshot()::text as snapshot, current_setting('server_version_num')::int as server,
       (select coalesce(sum(pg_table_size(c.oid)), 0)::float8 from pg_class c
        where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind = 'r') as bytes`,
    [schema],
  );
  const { time, snapshot, server, bytes } = rows[0]!;
  const seen = (await seenMigrations(client, [schema])).get(schema) ?? [];
  const manifest: Manifest = {
    format: 'pier2-backup',
    formatVersion,
    projectVersion,
    serverVersion: server,
    tenant,
    time: time.toISOString(),
    snapshot,
    migrations: await hashed(seen, migrations),
    fingerprint: (await fingerprints(client, [schema])).get(schema)!,
    tableBytes: bytes,
    tables,
  };
  const checksums: Checksums = { tables: {}, sequences: [], platform: await readPlatformRows(client, schema) };
  let done = 0;
  const count = (more: number) => onBytes((done += more), Math.max(done, bytes));
  const entries = entriesOf(client, schema, manifest, checksums, count);
  return { manifest, content: await packArchive(entries, time, keys), checksums: () => checksums };
}

async function readTenant(client: pg.Client, schema: string): Promise<Manifest['tenant']> {
  const { rows } = await client.query<Manifest['tenant']>(
    `select id, name, schema, state from ${platformSchema}.tenants where schema = $1`,
    [schema],
  );
  if (!rows[0]) {
    throw new BackupError(`No shop has the schema ${quote(schema)}.`);
  }
  return rows[0];
}

function hashed(seen: readonly string[], files: readonly MigrationFile[]): Promise<Manifest['migrations']> {
  return Promise.all(
    seen.map(async name => {
      const file = files.find(each => each.name === name);
      return { name, hash: file ? await hashOf([file]) : null };
    }),
  );
}

async function* entriesOf(
  client: pg.Client,
  schema: string,
  manifest: Manifest,
  checksums: Checksums,
  count: (bytes: number) => void,
): AsyncGenerator<Entry> {
  yield { name: entryNames.manifest, data: jsonOf(manifest) };
  const copies = new Map<string, CopyToStreamQuery>();
  for (const table of manifest.tables) {
    const copy = client.query(copyTo(copySql(schema, table, 'to stdout')));
    copies.set(table.name, copy);
    const sha256 = createHash('sha256');
    let bytes = 0;
    for await (const entry of partsOf(table, copy)) {
      sha256.update(entry.data);
      bytes += entry.data.length;
      count(entry.data.length);
      yield entry;
    }
    checksums.tables[table.name] = { rows: 0, bytes, sha256: sha256.digest('hex') };
  }
  checksums.sequences = await readSequences(client, schema);
  // By now PostgreSQL has told of the last one, too.
  copies.forEach((copy, name) => (checksums.tables[name]!.rows = copy.rowCount));
  yield { name: entryNames.checksums, data: jsonOf(checksums) };
}

/** The rows of a table in entries of whole rows: no newline stands within a row. */
async function* partsOf({ name }: ShopTable, copy: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let chunks: Buffer[] = [];
  let size = 0;
  let part = 0;
  for await (const chunk of copy) {
    const end = size + chunk.length < partSize ? 0 : chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      part += 1;
      yield { name: entryNames.part(name, part), data: Buffer.concat([...chunks, chunk.subarray(0, end)]) };
      [chunks, size] = [[], 0];
    }
    chunks.push(chunk.subarray(end));
    size += chunk.length - end;
  }
  if (size > 0) {
    yield { name: entryNames.part(name, part + 1), data: Buffer.concat(chunks) };
  }
}

function jsonOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
