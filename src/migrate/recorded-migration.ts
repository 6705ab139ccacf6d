import { fileURLToPath, pathToFileURL } from 'node:url';
import { basename, extname } from 'node:path';
import { Configuration, isRaw } from '@mikro-orm/core';
import { Migration, type Query } from '@mikro-orm/migrations';
import {
  defineConfig,
  NativeQueryBuilder,
  PostgreSqlConnection,
  PostgreSqlDriver,
  PostgreSqlPlatform,
} from '@mikro-orm/postgresql';

/** A statement that a migration would run. */
export interface RecordedStatement {
  sql: string;
  /** The line of the migration's file that was about to run it, unless it cannot be told. */
  line?: number;
}

/** What a migration would do, found out by executing its class without a database. */
export interface RecordedMigration {
  name: string;
  file: string;
  isTransactional: boolean;
  up: RecordedStatement[];
  /** None where the migration cannot be undone. */
  down: RecordedStatement[];
  /** Why it cannot be undone, as its `down` says by an error. */
  noWayBack?: string;
}

/** A class of a migration. */
export type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

/**
 * Executes a migration's class in a mode that only records. What it reads by `execute` has no rows there, so a migration
 * that decides by rows is recorded as on an empty database.
 * @throws Error when the file has no migration, or its `up` fails
 */
export async function recordMigration(file: string): Promise<RecordedMigration> {
  const Class = await loadMigrationClass(file);
  const up = await record(Class, file, migration => migration.up());
  const down = await record(Class, file, migration => migration.down()).catch(cannotBeUndone);
  return {
    name: basename(file, extname(file)),
    file,
    isTransactional: up.isTransactional,
    up: up.statements,
    down: down.statements,
    ...('noWayBack' in down && { noWayBack: down.noWayBack }),
  };
}

/**
 * The class of a migration's file.
 * @throws Error when the file has none
 */
export async function loadMigrationClass(file: string): Promise<MigrationClass> {
  const exported = Object.values((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  const Class = exported.find(value => typeof value === 'function' && value.prototype instanceof Migration);
  if (!Class) {
    throw new Error('it exports no class that extends Migration');
  }
  return Class as MigrationClass;
}

interface Recording {
  isTransactional: boolean;
  statements: RecordedStatement[];
}

async function record(Class: MigrationClass, file: string, run: (migration: Migration) => unknown): Promise<Recording> {
  // The ORM runs what was added when `up` is done, so behind what was executed.
  const executed: RecordedStatement[] = [];
  const added: RecordedStatement[] = [];
  const { migration, connection } = withoutDatabase(Class);
  connection.tell = sql => executed.push(place(sql, file));
  migration.addSql = query => void added.push(place(textOf(query), file));
  await run(migration);
  return { isTransactional: migration.isTransactional(), statements: [...executed, ...added] };
}

/** A migration that reaches no database. */
export function withoutDatabase(Class: MigrationClass): { migration: Migration; connection: RecordingConnection } {
  // Nothing listens there, for what goes around the connection's `execute`. Not validated, since there are no entities.
  const config = new Configuration(
    defineConfig({ driver: RecordingDriver, clientUrl: 'postgresql://nobody@localhost:1/none' }),
    false,
  );
  const driver = config.getDriver() as unknown as RecordingDriver;
  return { migration: new Class(driver, config), connection: driver.getConnection() };
}

/** A migration that cannot be undone says so by an error. */
function cannotBeUndone({ message }: Error): Pick<Recording, 'statements'> & { noWayBack: string } {
  return { statements: [], noWayBack: message };
}

/** A connection to no database: what it is given to execute is told, and has no rows. */
class RecordingConnection extends PostgreSqlConnection {
  tell: (sql: string) => void = () => {};

  override async execute<T>(query: Query, params: unknown[] = []): Promise<T> {
    this.tell(textOf(query, params));
    return [] as T;
  }
}

class RecordingDriver extends PostgreSqlDriver {
  protected override readonly connection: RecordingConnection;

  constructor(config: Configuration) {
    super(config);
    this.connection = new RecordingConnection(config);
  }

  override getConnection(): RecordingConnection {
    return this.connection;
  }
}

/** A query as it would be sent. */
export function textOf(query: Query, params: unknown[] = []): string {
  const raw = query instanceof NativeQueryBuilder ? query.toRaw() : query;
  return isRaw(raw) ? platform.formatQuery(raw.sql, raw.params) : platform.formatQuery(raw, params);
}

const platform = new PostgreSqlPlatform();

/** Adds the line of the migration's file that the call comes from. */
function place(sql: string, file: string): RecordedStatement {
  for (const frame of new Error().stack!.split('\n')) {
    const [, place, line] = /\(?((?:file:\/\/)?\/[^()]+?):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (place && (place.startsWith('file:') ? fileURLToPath(place) : place) === file) {
      return { sql, line: Number(line) };
    }
  }
  return { sql };
}
