import type { Snapshot, SnapshotIndex, SnapshotTable } from './snapshot.js';
import { tableOf } from './snapshot.js';

/** A table that has another name now, or a column of a table that has that name now. */
export type Rename = { table: string; to: string } | { table: string; column: string; to: string };

/** What renames tables and columns with their data, there and back. */
export interface RenameStatements {
  up: string[];
  down: string[];
}

/**
 * Gives tables and columns of a snapshot their new names, in the order in which tables come before their columns, and tells the
 * statements that do so in a database. What MikroORM names after them (constraints and indexes) gets the names that the
 * entities' snapshot has, so that no difference is left but what was changed besides.
 */
export function renameIn(snapshot: Snapshot, entities: Snapshot, renames: readonly Rename[]): RenameStatements {
  const statements: RenameStatements = { up: [], down: [] };
  for (const rename of renames) {
    if ('column' in rename) {
      renameColumn(snapshot, rename, note);
    } else {
      renameTable(snapshot, rename, note);
    }
  }
  for (const table of snapshot.tables) {
    const wanted = tableOf(entities, table.name);
    if (wanted) {
      nameAsWanted(table, wanted, note);
    }
  }
  return statements;

  function note(what: (from: string, to: string) => string, from: string, to: string): void {
    statements.up.push(`${what(from, to)};`);
    statements.down.unshift(`${what(to, from)};`);
  }
}

/** Takes a statement that gives one name in place of another. */
type Note = (what: (from: string, to: string) => string, from: string, to: string) => void;

function renameTable(snapshot: Snapshot, { table: name, to }: { table: string; to: string }, note: Note): void {
  const table = tableOf(snapshot, name)!;
  const qualified = qualify(table);
  note((from, other) => `alter table ${qualified(from)} rename to "${other}"`, name, to);
  const before = `${table.schema}.${name}`;
  table.name = to;
  for (const key of snapshot.tables.flatMap(({ foreignKeys }) => Object.values(foreignKeys))) {
    key.localTableName = key.localTableName === before ? `${table.schema}.${to}` : key.localTableName;
    key.referencedTableName = key.referencedTableName === before ? `${table.schema}.${to}` : key.referencedTableName;
  }
  rewriteTexts(table, name, to);
}

function renameColumn(
  snapshot: Snapshot,
  { table: name, column, to }: { table: string; column: string; to: string },
  note: Note,
): void {
  const table = tableOf(snapshot, name)!;
  const qualified = qualify(table);
  note((from, other) => `alter table ${qualified(name)} rename column "${from}" to "${other}"`, column, to);
  table.columns[to] = { ...table.columns[column]!, name: to };
  delete table.columns[column];
  const renamed = (names: string[]) => names.map(each => (each === column ? to : each));
  table.indexes.forEach(index => (index.columnNames = renamed(index.columnNames)));
  for (const check of table.checks.filter(({ columnName }) => columnName === column)) {
    check.columnName = to;
  }
  for (const key of snapshot.tables.flatMap(({ foreignKeys }) => Object.values(foreignKeys))) {
    if (key.localTableName === `${table.schema}.${name}`) {
      key.columnNames = renamed(key.columnNames);
    }
    if (key.referencedTableName === `${table.schema}.${name}`) {
      key.referencedColumnNames = renamed(key.referencedColumnNames);
    }
  }
  rewriteTexts(table, column, to);
}

/**
 * Writes the new name into the SQL of a table, as PostgreSQL does in its own. Where the old one stood there as something
 * else, such as in a string, the text is not the entities' and the migration makes that anew.
 */
function rewriteTexts(table: SnapshotTable, from: string, to: string): void {
  const word = new RegExp(`\\b${from}\\b`, 'g');
  for (const column of Object.values(table.columns).filter(({ generated }) => generated)) {
    column.generated = column.generated!.replace(word, to);
  }
  for (const index of table.indexes.filter(({ expression }) => expression)) {
    index.expression = index.expression!.replace(word, to);
  }
  for (const check of table.checks) {
    check.expression = check.expression.replace(word, to);
    check.definition = check.definition.replace(word, to);
  }
}

/** Gives the constraints and indexes of a table the names that those have which are otherwise equal. */
function nameAsWanted(table: SnapshotTable, wanted: SnapshotTable, note: Note): void {
  const qualified = qualify(table);
  const constraint = (from: string, to: string) =>
    `alter table ${qualified(table.name)} rename constraint "${from}" to "${to}"`;
  for (const key of Object.values(table.foreignKeys)) {
    const to = Object.values(wanted.foreignKeys).find(other => isSame(other, key, 'constraintName'))?.constraintName;
    if (to !== undefined && isFree(to, key.constraintName, table.foreignKeys)) {
      note(constraint, key.constraintName, to);
      delete table.foreignKeys[key.constraintName];
      table.foreignKeys[to] = { ...key, constraintName: to };
    }
  }
  for (const check of table.checks) {
    const to = wanted.checks.find(other => isSame(other, check, 'name'))?.name;
    if (to !== undefined && isFree(to, check.name, Object.fromEntries(table.checks.map(each => [each.name, each])))) {
      note(constraint, check.name, to);
      check.name = to;
    }
  }
  for (const index of table.indexes) {
    const to = wanted.indexes.find(other => isSameIndex(other, index))?.keyName;
    const taken = Object.fromEntries(table.indexes.map(each => [each.keyName, each]));
    if (to !== undefined && isFree(to, index.keyName, taken)) {
      const rename = (from: string, other: string) => `alter index ${qualified(from)} rename to "${other}"`;
      note(index.constraint ? constraint : rename, index.keyName, to);
      Object.assign(index, named(index, to));
    }
  }
}

/** Whether something may be given a name: it has another one, and nothing else has this one. */
function isFree(to: string, from: string, taken: Readonly<Record<string, unknown>>): boolean {
  return to !== from && !(to in taken);
}

function isSame<Item extends object>(one: Item, other: Item, name: keyof Item): boolean {
  return JSON.stringify({ ...one, [name]: '' }) === JSON.stringify({ ...other, [name]: '' });
}

function isSameIndex(one: SnapshotIndex, other: SnapshotIndex): boolean {
  return JSON.stringify(named(one, 'index')) === JSON.stringify(named(other, 'index'));
}

/** An index by another name, which stands in its statement too. */
function named(index: SnapshotIndex, keyName: string): SnapshotIndex {
  const { expression } = index;
  return {
    ...index,
    keyName,
    ...(expression !== undefined && { expression: expression.replace(index.keyName, keyName) }),
  };
}

/** A tenant's migrations name no schema, since each tenant has one of its own. */
function qualify({ schema }: SnapshotTable): (name: string) => string {
  return name => (schema === 'public' ? `"${name}"` : `"${schema}"."${name}"`);
}
