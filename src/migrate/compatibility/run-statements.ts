import type pg from 'pg';
import type { RecordedChange, RecordedStatement, RecordedWrite, StatementRecord } from './statement-record.js';

/** What became of the older program's statements on a schema. */
export interface Outcomes {
  /** Those that fail, by what tells them apart in the record. */
  failures: Map<string, Failure>;
  /** The types of what is read, by the statement's text. */
  types: Map<string, ColumnType[]>;
}

/** A statement that fails. */
export interface Failure {
  /** `end of transaction` for what is only looked at there. */
  sql: string;
  operations: readonly string[];
  message: string;
  code: string;
}

/** A column of what a statement gives. */
export interface ColumnType {
  name: string;
  /** The type's name in SQL. */
  type: string;
}

/** A failure of PostgreSQL. */
type SqlError = Error & { code?: string };

/** Prepares each statement, runs it without values, and then all that is written, from an empty shop on. */
export async function runStatements(client: pg.ClientBase, record: StatementRecord): Promise<Outcomes> {
  const failures = new Map<string, Failure>();
  const types = new Map<string, ColumnType[]>();
  for (const statement of record.statements) {
    const { sql } = statement;
    const failure = await prepare(client, statement);
    if (failure) {
      failures.set(sql, failure);
    } else {
      types.set(sql, await typesOf(client, sql));
    }
  }
  for (const [index, change] of record.changes.entries()) {
    await client.query('begin');
    const failed = await writeAll(client, change, keyOf(index));
    const end = await client.query('commit').then(
      () => undefined,
      (error: SqlError) => error,
    );
    failed.forEach((failure, key) => failures.set(key, failure));
    if (end) {
      failures.set(`${keyOf(index)}.end`, atEnd(change, end));
    }
  }
  return { failures, types };
}

/** What tells the writes of a change apart from those of others. */
export function keyOf(change: number): string {
  return `change ${change}`;
}

/** Whether a failure of this key is of a write, and not of a statement that was looked at by itself. */
export function isWrite(key: string): boolean {
  return key.startsWith('change ');
}

/** Runs what an operation writes within a transaction, each write in a savepoint, and gives those that fail. */
export async function writeAll(
  client: pg.ClientBase,
  change: RecordedChange,
  key: string,
): Promise<Map<string, Failure>> {
  const failures = new Map<string, Failure>();
  const now = new Date();
  for (const [index, write] of change.writes.entries()) {
    await client.query('savepoint old_write');
    try {
      await client.query(atTime(write, now));
    } catch (error) {
      const { message, code = '' } = error as SqlError;
      failures.set(`${key}.${index}`, { sql: write.sql, operations: [change.operation], message, code });
      await client.query('rollback to savepoint old_write');
    }
    await client.query('release savepoint old_write');
  }
  return failures;
}

/** A failure of what a transaction leaves to its end. */
export function atEnd({ operation }: RecordedChange, { message, code = '' }: SqlError): Failure {
  return { sql: 'end of transaction', operations: [operation], message, code };
}

async function prepare(client: pg.ClientBase, { sql, operations }: RecordedStatement): Promise<Failure | undefined> {
  try {
    await client.query(`prepare old_statement as ${sql.replaceAll('{now}', 'now')}`);
  } catch (error) {
    const { message, code = '' } = error as SqlError;
    return { sql, operations, message, code };
  }
  await client.query('deallocate old_statement');
  return undefined;
}

/** The types of what a statement gives, found by running it without values; none where it does not run so. */
async function typesOf(client: pg.ClientBase, sql: string): Promise<ColumnType[]> {
  const values = Array<null>(Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))).fill(
    null,
  );
  await client.query('begin');
  const result = await client.query({ text: sql.replaceAll('{now}', 'now'), values }).catch(() => undefined);
  await client.query('rollback');
  const fields = result?.fields ?? [];
  const { rows } = await client.query<{ type: string }>(
    'select format_type(oid, null) as type from unnest($1::oid[]) with ordinality t(oid, place) order by place',
    [fields.map(({ dataTypeID }) => dataTypeID)],
  );
  return fields.map(({ name }, index) => ({ name, type: rows[index]!.type }));
}

function atTime({ sql, values = [] }: RecordedWrite, now: Date): pg.QueryConfig {
  const put = (text: string) =>
    text.replaceAll(/\{now([+-]\d+)?s?\}/g, (_, seconds: string | undefined) =>
      new Date(now.getTime() + Number(seconds ?? 0) * 1000).toISOString(),
    );
  return { text: put(sql), values: values.map(value => value && put(value)) };
}
