import { quote } from '../../errors.js';
import type { Column } from '../expand/column-change.js';
import { MigrateError } from '../migrate-error.js';
import type { DraftMigrator } from './draft-migrator.js';
import { missingIn, type Snapshot, type SnapshotColumn, type SnapshotTable, tableOf } from './snapshot.js';

/** The ways in which a column is replaced while programs that know either serve. */
export const expansionKinds = ['rename', 'retype', 'split'] as const;

/** What a person says of a column that is replaced. */
export interface ExpansionTold {
  kind: (typeof expansionKinds)[number];
  /** `table.old_column:new_column`; several new ones with commas. */
  column: string;
}

/** A column that the entities have no more, and what they have in its place, as SQL says them. */
export interface ReplacedColumn {
  kind: ExpansionTold['kind'];
  table: string;
  old: Column & { name: string };
  next: (Column & { name: string })[];
  /** What makes the indexes and constraints that are dropped together with the old column. */
  restore: string[];
  /** The entities' checks that name the new columns, and none that comes besides. */
  checks: Record<string, string>;
}

/**
 * Takes the column out of a snapshot that is replaced, with all that names it, and puts the entities' new ones in, so that what
 * else they want is left as a difference.
 * @throws MigrateError when the entities do not say what is told
 */
export async function replaceIn(
  snapshot: Snapshot,
  entities: Snapshot,
  told: ExpansionTold,
  migrator: DraftMigrator,
): Promise<ReplacedColumn> {
  const { table, from, to } = readTold(snapshot, entities, told);
  const wanted = tableOf(entities, table.name)!;
  const before = structuredClone(snapshot);
  const dropped = dropWith(table, from);
  const twice = namesIn(wanted).filter(name => dropped.includes(name));
  if (twice.length > 0) {
    throw new MigrateError(
      `Give other names in the entity to ${twice.join(', ')}: those of ${quote(from)} are called so, and both are there for a time.`,
    );
  }
  const restore = await migrator.between(snapshot, before);
  const old = table.columns[from]!;
  const columns: SnapshotColumn[] = [old, ...to.map(name => wanted.columns[name]!)];
  columns.forEach(({ name }) => delete table.columns[name]);
  const inSql: ReplacedColumn['next'] = [];
  for (const column of columns) {
    const without = structuredClone(snapshot);
    table.columns[column.name] = column;
    const [statement] = await migrator.between(without, snapshot);
    inSql.push({ name: column.name, ...readColumn(statement!) });
  }
  delete table.columns[from];
  const [first, ...next] = inSql;
  if (told.kind === 'rename' && next[0]!.type !== first!.type) {
    throw new MigrateError(
      `${quote(to[0])} is ${next[0]!.type}, and ${quote(from)} is ${first!.type}: say --expand retype.`,
    );
  }
  const checks = takeChecks(table, wanted, to);
  return { kind: told.kind, table: table.name, old: first!, next, restore, checks };
}

/** Finds what is told in the entities and the tables before. */
function readTold(
  snapshot: Snapshot,
  entities: Snapshot,
  { kind, column: text }: ExpansionTold,
): { table: SnapshotTable; from: string; to: string[] } {
  const refuse = (problem: string) => new MigrateError(`--column ${text} does not fit: ${problem}.`);
  const [, name = '', from = '', all = ''] = /^(\w+)\.(\w+):(\w+(?:,\w+)*)$/.exec(text) ?? [];
  if (name === '') {
    throw refuse('it should be table.old_column:new_column, with commas between several new ones');
  }
  const to = all.split(',');
  if ((kind === 'split') !== to.length > 1) {
    throw refuse(kind === 'split' ? 'a split has several new columns' : `a ${kind} has one new column`);
  }
  const [table, wanted] = [tableOf(snapshot, name), tableOf(entities, name)];
  if (!table || !wanted) {
    throw refuse(`there is no table ${quote(name)} before and after`);
  }
  if (!missingIn(wanted.columns, table.columns).includes(from)) {
    throw refuse(from in wanted.columns ? `the entity still has ${quote(from)}` : `there was no ${quote(from)}`);
  }
  const unknown = to.find(column => !missingIn(table.columns, wanted.columns).includes(column));
  if (unknown !== undefined) {
    throw refuse(`the entity has no new ${quote(unknown)}`);
  }
  const column = table.columns[from]!;
  const refers = snapshot.tables
    .flatMap(({ foreignKeys }) => Object.values(foreignKeys))
    .some(key => key.referencedTableName === `${table.schema}.${name}` && key.referencedColumnNames.includes(from));
  if (column.primary || column.generated || refers) {
    throw refuse('a generated column, or one that keys are made of, cannot be replaced while programs use both');
  }
  return { table, from, to };
}

/** Takes from a table what PostgreSQL drops together with a column, and gives the names of that. */
function dropWith(table: SnapshotTable, column: string): string[] {
  const before = namesIn(table);
  const word = new RegExp(`\\b${column}\\b`);
  table.indexes = table.indexes.filter(
    ({ columnNames, expression }) => !columnNames.includes(column) && !word.test(expression ?? ''),
  );
  table.checks = table.checks.filter(({ expression }) => !word.test(expression));
  for (const [name, { columnNames }] of Object.entries(table.foreignKeys)) {
    if (columnNames.includes(column)) {
      delete table.foreignKeys[name];
    }
  }
  const left = namesIn(table);
  return before.filter(name => !left.includes(name));
}

/** Takes the wanted checks into a table that name its new columns, but those that name others which it lacks. */
function takeChecks(table: SnapshotTable, wanted: SnapshotTable, columns: readonly string[]): Record<string, string> {
  const names = ({ expression }: SnapshotTable['checks'][number], all: readonly string[]) =>
    all.some(column => new RegExp(`\\b${column}\\b`).test(expression));
  const lacking = missingIn(table.columns, wanted.columns);
  const known = namesIn(table);
  const taken = wanted.checks.filter(
    check => names(check, columns) && !names(check, lacking) && !known.includes(check.name),
  );
  table.checks.push(...taken);
  return Object.fromEntries(taken.map(({ name, expression }) => [name, expression]));
}

/** The names of a table's indexes and constraints. */
function namesIn({ indexes, checks, foreignKeys }: SnapshotTable): string[] {
  return [...indexes.map(({ keyName }) => keyName), ...checks.map(({ name }) => name), ...Object.keys(foreignKeys)];
}

/** Reads a column from the statement that adds it, since a snapshot says its type in other words. */
function readColumn(statement: string): Column {
  const [, type = '', not, byDefault] =
    /^alter table \S+ add "\w+" (.+?)(?: (not )?null)?(?: default (.+))?;$/.exec(statement) ?? [];
  return {
    type,
    ...(not !== undefined && { notNull: true }),
    ...(byDefault !== undefined && { default: byDefault }),
  };
}
