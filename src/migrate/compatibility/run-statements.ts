import type pg from 'pg';
import type { RecordedChange, RecordedStatement, RecordedWrite, StatementRecord } from './statement-record.js';

/** What became of the older program's statements on a schema. */
export interface Outcomes {
  /** Those that fail, by what tells them apart in the record. */
  failures: Map<string, Failure>;
  /** The types of what is read, by the statement's text. */
  types: Map<string, ColumnType[]>;
}

/** What PostgreSQL says of a failure. */
export interface Reason {
  message: string;
  code: string;
}

/** A statement that fails. */
export interface Failure extends Reason {
  /** `end of transaction` for what is only looked at there. */
  sql: string;
  operations: readonly string[];
}

/** A column of what a statement gives. */
export interface ColumnType {
  name: string;
  /** The type's name in SQL. */
  type: string;
}

/** Runs each statement without values, and then all that is written, from an empty shop on. */
export async function runStatements(client: pg.ClientBase, record: StatementRecord): Promise<Outcomes> {
  const failures = new Map<string, Failure>();
  const fields = new Map<string, pg.FieldDef[]>();
  await client.query(`begin; savepoint ${before}`);
  for (const statement of record.statements) {
    const seen = await look(client, statement);
    if (Array.isArray(seen)) {
      fields.set(statement.sql, seen);
    } else {
      failures.set(statement.sql, { ...statement, ...seen });
    }
  }
  await client.query('rollback');
  const types = await typesOf(client, fields);
  for (const [index, change] of record.changes.entries()) {
    await client.query('begin');
    const failed = await writeAll(client, change, keyOf(index));
    const end = await failureOf(client, 'commit');
    failed.forEach((failure, key) => failures.set(key, failure));
    if (end) {
      failures.set(`${keyOf(index)}.end`, { sql: 'end of transaction', operations: [change.operation], ...end });
    }
  }
  return { failures, types };
}

/** The savepoint that what fails goes back to. */
const before = 'before_statement';

/**
 * Runs a statement without values, in a transaction that takes it back, and gives the columns of its answer. One that needs
 * values is only prepared.
 */
async function look(client: pg.ClientBase, { sql }: RecordedStatement): Promise<pg.FieldDef[] | Reason> {
  const text = sql.replaceAll('{now}', 'now');
  const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const result = await client.query({ text, values: Array<null>(parameters).fill(null) }).catch(() => undefined);
  await client.query(`rollback to savepoint ${before}`);
  if (result) {
    return result.fields;
  }
  const failure = await failureOf(client, `prepare old_statement as ${text}`);
  await client.query(failure ? `rollback to savepoint ${before}` : 'deallocate old_statement');
  return failure ?? [];
}

/** The names of columns' types, asked for once for all statements. */
async function typesOf(
  client: pg.ClientBase,
  fields: ReadonlyMap<string, readonly pg.FieldDef[]>,
): Promise<Map<string, ColumnType[]>> {
  const { rows } = await client.query<{ id: number; type: string }>(
    'select distinct id, format_type(id, null) as type from unnest($1::oid[]) id',
    [[...fields.values()].flat().map(({ dataTypeID }) => dataTypeID)],
  );
  const names = new Map(rows.map(({ id, type }) => [id, type]));
  const typed = ({ name, dataTypeID }: pg.FieldDef) => ({ name, type: names.get(dataTypeID)! });
  return new Map([...fields].map(([sql, columns]) => [sql, columns.map(typed)]));
}

/** What PostgreSQL says to a statement that fails. */
export async function failureOf(client: pg.ClientBase, sql: string): Promise<Reason | undefined> {
  return client.query(sql).then(() => undefined, reasonOf);
}

function reasonOf(error: unknown): Reason {
  const { message, code = '' } = error as Error & { code?: string };
  return { message, code };
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
    await client.query(`savepoint ${before}`);
    try {
      await client.query(atTime(write, now));
    } catch (error) {
      failures.set(`${key}.${index}`, { sql: write.sql, operations: [change.operation], ...reasonOf(error) });
      await client.query(`rollback to savepoint ${before}`);
    }
  }
  return failures;
}

function atTime({ sql, values = [] }: RecordedWrite, now: Date): pg.QueryConfig {
  const put = (text: string) =>
    text.replaceAll(/\{now([+-]\d+)?s?\}/g, (_, seconds: string | undefined) =>
      new Date(now.getTime() + Number(seconds ?? 0) * 1000).toISOString(),
    );
  return { text: put(sql), values: values.map(value => value && put(value)) };
}
