import { createHash } from 'node:crypto';
import { migrationTable } from '../../migrate/files.js';
import { fingerprints } from '../../migrate/fingerprint.js';
import { BackupError } from '../backup-error.js';
import type { OnBytes } from '../archive/write-archive.js';
import type { Checksums, Manifest } from '../archive/manifest.js';
import { type ShopTable, copySql, qualified, readSequences, readTables, setSequences } from '../tables.js';
import type { ArchiveReader, ReadRows } from './archive-reader.js';
import { makeBare } from '../bare-tables.js';
import type { Connection } from './connection.js';
import { explainServerFailure } from './explain-server-failure.js';

/** How rows are loaded. */
export interface LoadOptions {
  /** Whether a shop is restored whose schema was not what its migrations give, as they give it. */
  allowDrift: boolean;
  onBytes: OnBytes;
}

/** What was loaded. */
export interface Loaded {
  checksums: Checksums;
  /** Tables that the migrations do not give, and whose rows were left in the archive. */
  left: string[];
}

/** Ends each row; none stands within one. */
const newline = 10;

/**
 * Loads the rows of an archive into the tables that its migrations have made in a schema which nobody else sees, and makes
 * sure that what stands there is what was archived.
 * @throws BackupError that says what differs, and where
 */
export async function loadArchive(
  client: Connection,
  schema: string,
  reader: ArchiveReader,
  { allowDrift, onBytes }: LoadOptions,
): Promise<Loaded> {
  const { manifest } = reader;
  const tables = await readTables(client, schema);
  const names = new Set(tables.map(({ name }) => name));
  const left = allowDrift ? manifest.tables.map(({ name }) => name).filter(name => !names.has(name)) : [];
  const loaded = manifest.tables.filter(({ name }) => !left.includes(name));
  compareTables(loaded, tables);
  const built = await fingerprintOf(client, schema);
  if (!allowDrift && (await isOfSameServer(client, manifest)) && built !== manifest.fingerprint) {
    throw new BackupError(
      'The schema of the shop was not what its migrations give when it was archived ("pier2 migrate drift" tells of such shops). With --allow-drift its rows are restored into what the migrations give.',
    );
  }
  const takenAway = await makeBare(client, schema);
  const read = await loadRows(client, schema, reader, new Set(left), onBytes);
  const checksums = await reader.checksums();
  compareRows(read, checksums);
  for (const statement of takenAway) {
    await explainServerFailure(`making keys and indexes (${statement.slice(0, 200)})`, () => client.query(statement));
  }
  await restoreSequences(client, schema, checksums);
  await compareStored(client, schema, loaded, checksums);
  if ((await fingerprintOf(client, schema)) !== built) {
    throw new BackupError(
      'After its rows were loaded, the schema is not what the migrations give; tell who maintains this project.',
    );
  }
  return { checksums, left };
}

/** Whether each table of an archive finds its columns, and the other way round. */
function compareTables(archived: readonly ShopTable[], built: readonly ShopTable[]): void {
  const lines = (tables: readonly ShopTable[]) =>
    tables.flatMap(({ name, columns }) => [
      `the table ${name}`,
      // The ORM made its own table otherwise in earlier versions.
      ...columns.map(
        column => `the column ${name}.${column.name}${name === migrationTable ? '' : ` (${column.type})`}`,
      ),
    ]);
  const [has, gets] = [new Set(lines(archived)), new Set(lines(built))];
  const surplus = [...has].find(line => !gets.has(line));
  const missing = [...gets].find(line => !has.has(line));
  if (surplus !== undefined || missing !== undefined) {
    const what = surplus === undefined ? `lacks ${missing}, which` : `has ${surplus}, which`;
    const verb = surplus === undefined ? 'give' : 'do not give';
    throw new BackupError(
      `The archive ${what} its migrations ${verb}: the schema of the shop had drifted when it was archived. Restore it by the build that wrote the archive, where somebody has changed the schema by hand, or open the archive by tar (docs/backups.md).`,
    );
  }
}

async function isOfSameServer(client: Connection, { serverVersion }: Manifest): Promise<boolean> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  );
  const major = (version: number) => Math.floor(version / 10_000);
  return major(rows[0]!.version) === major(serverVersion);
}

async function fingerprintOf(client: Connection, schema: string): Promise<string> {
  return (await fingerprints(client, [schema])).get(schema)!;
}

async function loadRows(
  client: Connection,
  schema: string,
  reader: ArchiveReader,
  left: ReadonlySet<string>,
  onBytes: OnBytes,
): Promise<Map<string, ReadRows & { rows: number }>> {
  const { tables, tableBytes } = reader.manifest;
  let done = 0;
  const count = (more: number) => onBytes((done += more), Math.max(done, tableBytes));
  // In the same transaction as the copies, by which PostgreSQL needs no second look at the rows, and leaves them in order.
  const names = tables.map(({ name }) => name).filter(name => !left.has(name));
  await client.query(`truncate ${names.map(name => qualified(schema, name)).join(', ')}`);
  const read = new Map<string, ReadRows & { rows: number }>();
  for (const table of tables) {
    let found: ReadRows | undefined;
    const content = counted(
      reader.rows(table.name, all => (found = all)),
      count,
    );
    const rows = left.has(table.name)
      ? await countRows(content)
      : await explainServerFailure(`loading the table ${table.name}`, () =>
          client.copyIn(copySql(schema, table, 'from stdin (freeze)'), content),
        );
    read.set(table.name, { ...found!, rows });
  }
  return read;
}

/** Counts rows that are not loaded. */
async function countRows(rows: AsyncIterable<Buffer>): Promise<number> {
  let count = 0;
  for await (const chunk of rows) {
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) {
      count += 1;
    }
  }
  return count;
}

async function* counted(rows: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of rows) {
    count(chunk.length);
    yield chunk;
  }
}

/** Whether an archive has the rows that it should have. */
function compareRows(read: Map<string, ReadRows & { rows: number }>, { tables }: Checksums): void {
  for (const [name, { rows, bytes, sha256 }] of read) {
    const expected = tables[name];
    if (expected?.rows !== rows || expected.bytes !== bytes || expected.sha256 !== sha256) {
      throw new BackupError(
        `It is damaged in the table ${name}: it has ${rows} rows in ${bytes} bytes with the SHA-256 ${sha256}, and should have ${
          expected ? `${expected.rows} rows in ${expected.bytes} bytes with ${expected.sha256}` : 'none'
        }.`,
      );
    }
  }
}

async function restoreSequences(client: Connection, schema: string, { sequences }: Checksums): Promise<void> {
  await setSequences(client, schema, sequences);
  const found = JSON.stringify(await readSequences(client, schema));
  if (found !== JSON.stringify(sequences)) {
    throw new BackupError(`The sequences are ${found}, and should be ${JSON.stringify(sequences)}.`);
  }
}

/** Whether what now stands in the tables is what was archived, byte for byte. */
async function compareStored(
  client: Connection,
  schema: string,
  tables: readonly ShopTable[],
  checksums: Checksums,
): Promise<void> {
  for (const table of tables) {
    const hash = createHash('sha256');
    for await (const chunk of await client.copyOut(copySql(schema, table, 'to stdout'))) {
      hash.update(chunk);
    }
    if (hash.digest('hex') !== checksums.tables[table.name]!.sha256) {
      throw new BackupError(
        `The rows of the table ${table.name} came out of the database otherwise than they went in, so nothing was restored.`,
      );
    }
  }
}
