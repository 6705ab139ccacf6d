import type pg from 'pg';
import { copyRows } from '../database/copy-rows.js';
import { type ClaimRow, decide, type DemandRow, type NeedRow } from './decide.js';
import type { ImportKind, TableName } from './import-kind.js';
import { staged } from './import-kind.js';
import type { Batch } from './read-batches.js';
import { type RefusedRow, shown } from './refusal.js';

/** A line that the database has no place for. */
interface ProblemRow {
  line: number;
  code: keyof typeof problemMessages;
  value: string;
}

const problemMessages = {
  UNKNOWN_CUSTOMER: (value: string) => `There is no customer ${value}; import the customer first, on a line before.`,
  CUSTOMER_MERGED: (value: string) => `${value} is a duplicate of another customer itself; name that other customer.`,
  UNKNOWN_STORE: (value: string) => `There is no store ${value}; import the store first.`,
  UNKNOWN_SKU: (value: string) => `There is no product with the SKU ${value}; import the product first.`,
  CURRENCY_MISMATCH: (value: string) => `${value} is priced in another currency than the order's; order it in its own.`,
};

/** Makes the temporary tables of an import; they empty themselves with each transaction. */
export async function createStaging(client: pg.Client, { staging }: ImportKind): Promise<void> {
  for (const { name, columns, filled } of staging) {
    const all = Object.entries({ ...columns, ...filled }).map(([column, type]) => `${column} ${type}`);
    await client.query(`create temporary table ${name} (${all.join(', ')}) on commit delete rows`);
  }
}

/**
 * Imports the lines of a batch that can be, in the transaction that runs, and gives the others.
 * @param actor who does it, for the history
 */
export async function importBatch(
  client: pg.Client,
  kind: ImportKind,
  batch: Batch,
  { table, actor }: { table: TableName; actor: string },
): Promise<RefusedRow[]> {
  for (const { name, columns } of kind.staging) {
    if (batch.rows[name]!.length > 0) {
      await copyRows(client, { schema: 'pg_temp', name, columns: Object.keys(columns) }, batch.rows[name]!);
    }
  }
  await run(client, kind.resolve(table));
  const problems = (await find<ProblemRow>(client, kind.problems(table))).map(({ line, code, value }) => ({
    line,
    code,
    message: problemMessages[code](shown(value)),
  }));
  await remove(client, kind, problems);
  const contested = decide(new Set([...batch.refused, ...problems].map(({ line }) => line)), {
    claims: await find<ClaimRow>(client, kind.claims(table)),
    needs: await find<NeedRow>(client, kind.needs?.(table)),
    demands: await find<DemandRow>(client, kind.demands?.(table)),
  });
  await remove(client, kind, contested);
  await run(client, [...kind.write(table), ...historyOf(client, kind, table, actor)]);
  return [...batch.refused, ...problems, ...contested].sort((a, b) => a.line - b.line);
}

async function find<Row>(client: pg.Client, statement: string | undefined): Promise<Row[]> {
  return statement === undefined ? [] : ((await client.query(statement)).rows as Row[]);
}

/** In one message, which spares round trips. */
async function run(client: pg.Client, statements: string[]): Promise<void> {
  if (statements.length > 0) {
    await client.query(statements.join(';\n'));
  }
}

async function remove(client: pg.Client, { staging }: ImportKind, refused: readonly RefusedRow[]): Promise<void> {
  if (refused.length > 0) {
    const lines = refused.map(({ line }) => line);
    for (const { name } of staging) {
      await client.query(`delete from ${staged(name)} where line = any($1::int[])`, [lines]);
    }
  }
}

/** Each object's first entry in the history says which line it came from. */
function historyOf(client: pg.Client, { subjects }: ImportKind, table: TableName, actor: string): string[] {
  return [
    `insert into ${table('history')} (id, subject_type, subject, version, actor, action, changes)
     select history_id, '${subjects.type}', id, 1, ${client.escapeLiteral(actor)}, 'IMPORTED',
       jsonb_build_array(jsonb_build_object('field', 'line', 'before', null, 'after', line))
     from ${staged(subjects.table)} order by line`,
  ];
}
