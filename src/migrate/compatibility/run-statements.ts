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
  const outcomes: Outcomes = { failures: new Map(), types: new Map() };
  await client.query(`begin; savepoint ${before}`);
  for (const statement of record.statements) {
    await look(client, statement, outcomes);
  }
  await client.query('rollback');
  for (const [index, change] of record.changes.entries()) {
    await client.query('begin');
    const failed = await writeAll(client, change, keyOf(index));
    const end = await failureOf(client, 'commit');
    failed.forEach((failure, key) => outcomes.failures.set(key, failure));
    if (end) {
      outcomes.failures.set(`${keyOf(index)}.end`, atEnd(change, end));
    }
  }
  return outcomes;
}

/** The savepoint that what fails goes back to. */
const before = 'before_statement';

/** Runs a statement without values, in a transaction that takes it back; where it needs some, it is only prepared. */
async function look(
  client: pg.ClientBase,
  { sql, operations }: RecordedStatement,
  { failures, types }: Outcomes,
): Promise<void> {
  const text = sql.replaceAll('{now}', 'now');
  const values = Array<null>(Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))).fill(
    null,
  );
  const result = await client.query({ text, values }).catch(() => undefined);
  await client.query(`rollback to savepoint ${before}`);
  if (result) {
    types.set(sql, await typesOf(client, result.fields));
    return;
  }
  const failure = await failureOf(client, `prepare old_statement as ${text}`);
  if (failure) {
    await client.query(`rollback to savepoint ${before}`);
    failures.set(sql, { sql, operations, ...failure });
  } else {
    await client.query('deallocate old_statement');
  }
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

/** A failure of what a transaction leaves to its end. */
export function atEnd({ operation }: RecordedChange, reason: Reason): Failure {
  return { sql: 'end of transaction', operations: [operation], ...reason };
}

async function typesOf(client: pg.ClientBase, fields: readonly pg.FieldDef[]): Promise<ColumnType[]> {
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
