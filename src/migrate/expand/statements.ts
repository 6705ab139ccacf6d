import pg from 'pg';
import type { Column, ColumnChange } from './column-change.js';

// Landed migrations are made of these statements, so what they do to a schema has to stay as it is.

const id = (name: string) => pg.escapeIdentifier(name);
const text = (value: string) => pg.escapeLiteral(value);

/** Adds the new columns, and the trigger that keeps them and the old one in step. */
export function expandStatements(change: ColumnChange, expansion: string): string[] {
  const { table, next, checks } = change;
  return [
    ...next.map(({ name, type }) => `alter table ${id(table)} add column ${id(name)} ${type};`),
    ...next.filter(({ notNull }) => notNull).map(({ name }) => addNotNull(table, name)),
    ...Object.entries(checks).map(([name, expression]) => addCheck(table, name, expression)),
    syncFunction(change),
    `-- pier2:allow change-trigger it keeps the columns in step, and follows behind no other table's lock
${syncTrigger(change)}`,
    `select platform.begin_backfill(${text(expansion)}, ${text(table)});`,
  ];
}

/** Takes that back: the old column has all. */
export function unexpandStatements({ table, next }: ColumnChange, expansion: string): string[] {
  return [
    ...dropSync({ table, next }),
    ...next.map(({ name }) => `alter table ${id(table)} drop column ${id(name)};`),
    `select platform.forget_backfill(${text(expansion)});`,
  ];
}

/**
 * Takes the old column away. What looks at rows comes first, behind a lock that keeps nobody from reading and writing.
 * @param switched the migration that all programs have to know
 */
export function contractStatements(
  { table, old, next, checks }: ColumnChange,
  expansion: string,
  switched: string,
): string[] {
  const required = next.filter(({ notNull }) => notNull).map(({ name }) => name);
  const [dropTrigger, dropFunction] = dropSync({ table, next });
  return [
    `select platform.check_contract(${text(expansion)}, ${text(switched)});`,
    ...[...required.map(name => checkName(table, name)), ...Object.keys(checks)].map(
      name => `alter table ${id(table)} validate constraint ${id(name)};`,
    ),
    ...required.map(name => `alter table ${id(table)} alter column ${id(name)} set not null;`),
    ...required.map(name => `alter table ${id(table)} drop constraint ${id(checkName(table, name))};`),
    ...next.flatMap(column => setDefault(table, column.name, column)),
    `-- pier2:allow change-trigger it goes with the column that it filled
${dropTrigger}`,
    dropFunction,
    `-- pier2:allow drop-column its values stand in the new columns, and no program runs that does not know these
alter table ${id(table)} drop column ${id(old.name)};`,
  ];
}

/** Takes that back: the old column is made of the new ones. */
export function uncontractStatements(change: ColumnChange): string[] {
  const { table, old, next, checks } = change;
  const required = next.filter(({ notNull }) => notNull).map(({ name }) => name);
  return [
    `alter table ${id(table)} add column ${id(old.name)} ${old.type};`,
    `-- pier2:allow bulk-write the programs of before need all rows
-- pier2:allow behind-exclusive-lock nobody may see the column before it is filled
update ${id(table)} set ${id(old.name)} = ${old.value};`,
    ...(old.notNull
      ? [
          `-- pier2:allow set-not-null the rows were all written just before
alter table ${id(table)} alter column ${id(old.name)} set not null;`,
        ]
      : []),
    ...setDefault(table, old.name, old),
    ...old.restore,
    ...required.map(name => `alter table ${id(table)} alter column ${id(name)} drop not null;`),
    ...next
      .filter(column => column.default !== undefined)
      .map(({ name }) => `alter table ${id(table)} alter column ${id(name)} drop default;`),
    ...required.map(name => addNotNull(table, name)),
    ...Object.entries(checks).flatMap(([name, expression]) => [
      `alter table ${id(table)} drop constraint ${id(name)};`,
      addCheck(table, name, expression),
    ]),
    syncFunction(change),
    syncTrigger(change),
  ];
}

/**
 * Fills the columns that a program does not know from those that it has written: who has written a new column knows
 * them all, and who has not knows the old one. So neither side's values are ever made of values that were made of them,
 * and what a conversion loses is lost on the other side alone. A row that was there before is filled when it is next
 * written.
 *
 * It names no table, and so needs no search_path, of which there is none while requests run. It declares the columns as
 * variables, so that expressions over them are evaluated without a query.
 */
function syncFunction({ table, old, next }: ColumnChange): string {
  const columns = [old, ...next];
  const values = (of: string) => next.map(({ name }) => `${of}${id(name)}`).join(', ');
  const defaults = next.filter(column => column.notNull && column.default !== undefined);
  return `create function ${syncName({ table, next })}() returns trigger language plpgsql as $sync$
declare
  knows_new boolean;
  knows_old boolean;
${columns.map(({ name, type }) => `  ${id(name)} ${type} := new.${id(name)};`).join('\n')}
begin
  if tg_op = 'UPDATE' then
    -- By their bytes: 1.5 and 1.50 are equal and read differently.
    knows_new := row(${values('')})::record *<> row(${values('old.')})::record;
    knows_old := row(${id(old.name)})::record *<> row(old.${id(old.name)})::record;
  else
    knows_new := num_nonnulls(${values('')}) > 0;
    knows_old := not knows_new;${defaults.map(defaultOnInsert).join('')}
  end if;
  if knows_new then
    new.${id(old.name)} := ${old.value};
  elsif knows_old or num_nonnulls(${values('')}) = 0 then
${next.map(({ name, value }) => `    new.${id(name)} := ${value};`).join('\n')}
  end if;
  return new;
end $sync$;`;
}

/** A default of the table would look like a value that was written, so the function gives it. */
function defaultOnInsert(column: Column & { name: string }): string {
  return `
    if knows_new and ${id(column.name)} is null then
      ${id(column.name)} := ${column.default};
      new.${id(column.name)} := ${id(column.name)};
    end if;`;
}

function syncTrigger({ table, next }: ColumnChange): string {
  const name = syncName({ table, next });
  return `create trigger ${name} before insert or update on ${id(table)} for each row execute function ${name}();`;
}

function dropSync({ table, next }: Pick<ColumnChange, 'table' | 'next'>): [trigger: string, itsFunction: string] {
  const name = syncName({ table, next });
  return [`drop trigger ${name} on ${id(table)};`, `drop function ${name}();`];
}

function syncName({ table, next }: Pick<ColumnChange, 'table' | 'next'>): string {
  return id(`${table}_${next[0]!.name}_sync`);
}

function addNotNull(table: string, column: string): string {
  return addCheck(table, checkName(table, column), `${id(column)} is not null`);
}

function addCheck(table: string, name: string, expression: string): string {
  return `alter table ${id(table)} add constraint ${id(name)} check (${expression}) not valid;`;
}

function checkName(table: string, column: string): string {
  return `${table}_${column}_not_null`;
}

function setDefault(table: string, name: string, column: Column): string[] {
  return column.default === undefined
    ? []
    : [`alter table ${id(table)} alter column ${id(name)} set default ${column.default};`];
}
