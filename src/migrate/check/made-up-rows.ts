import pg from 'pg';
import { countRows } from '../row-counts.js';
import { candidatesFor, type Column, draw } from './made-up-values.js';

/** Rows of a table, where as many can be made up. */
const rowsOfTable = 3;

/** Tries of a table's first row and of each further one, with other values of what a constraint has refused. */
const tries = { first: 300, further: 20 };

interface TableName {
  schema: string;
  table: string;
}

interface Constraint {
  name: string;
  columns: string[];
  /** Its statement. */
  text: string;
  /** Of a foreign key: the other table, and its columns. */
  refersTo: TableName | null;
  referred: string[] | null;
}

interface Table extends TableName {
  columns: Column[];
  constraints: Constraint[];
}

/** A row in the making. */
interface Draft {
  table: Table;
  /** For each column, which of the values that may fit it is taken. */
  turns: Map<string, number>;
  /** What makes its values others than those of other rows. */
  seed: string;
}

/** By columns; none where the column's default is to be taken. */
type Values = Map<string, string | null>;

/**
 * Makes up some rows for each table that has none: by its columns' types, of keys that there are, and by trying until its
 * constraints take them. The same tables get the same rows.
 * @returns the tables for which none were found
 */
export async function makeUpRows(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const tables = await readTables(client, schemas);
  let empty = await emptyOf(client, tables, schemas);
  for (let before = Infinity; empty.length < before;) {
    before = empty.length;
    // Those that refer to others are filled in a later turn.
    for (const table of empty) {
      await fill(client, [table]);
    }
    empty = await emptyOf(client, empty, schemas);
    if (empty.length === before) {
      for (const table of empty) {
        await fillWithOther(client, table, tables);
      }
      empty = await emptyOf(client, empty, schemas);
    }
  }
  return empty.map(({ schema, table }) => `${schema}.${table}`).sort();
}

async function emptyOf(client: pg.ClientBase, tables: readonly Table[], schemas: readonly string[]): Promise<Table[]> {
  const counts = await countRows(client, schemas);
  return tables.filter(table => counts.some(count => isSame(count, table) && count.rows === 0));
}

/** Fills a table together with one that it refers to, as a trigger may want rows of both in one transaction. */
async function fillWithOther(client: pg.ClientBase, table: Table, all: readonly Table[]): Promise<void> {
  for (const { refersTo } of table.constraints) {
    const other = all.find(each => each !== table && refersTo !== null && isSame(each, refersTo));
    if (other && (await fill(client, [other, table]))) {
      return;
    }
  }
}

async function readTables(client: pg.ClientBase, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select n.nspname as schema, c.relname as table,
       (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
            'category', t.typcategory, 'isRequired', a.attnotnull, 'hasDefault', a.atthasdef or a.attidentity <> '',
            'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
          order by a.attnum), '[]')
        from pg_attribute a join pg_type t on t.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a') as columns,
       (select coalesce(json_agg(json_build_object('name', o.conname, 'text', pg_get_constraintdef(o.oid),
            'columns', (select coalesce(json_agg(a.attname order by k.place), '[]') from unnest(o.conkey) with ordinality k (attnum, place)
              join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.attnum),
            'refersTo', (select json_build_object('schema', s.nspname, 'table', r.relname) from pg_class r
              join pg_namespace s on s.oid = r.relnamespace where r.oid = o.confrelid),
            'referred', (select json_agg(a.attname order by k.place) from unnest(o.confkey) with ordinality k (attnum, place)
              join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.attnum)) order by o.conname), '[]')
        from pg_constraint o where o.conrelid = c.oid) as constraints
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2`,
    [schemas],
  );
  return rows;
}

/** Adds rows to tables, of which the later ones refer to those before; gives whether they have any now. */
async function fill(client: pg.ClientBase, tables: readonly Table[]): Promise<boolean> {
  let made = 0;
  await client.query('begin');
  while (made < rowsOfTable && (await addRows(client, tables, made))) {
    made += 1;
  }
  await client.query('commit');
  return made > 0;
}

/** Adds a row to each table, or to none. */
async function addRows(client: pg.ClientBase, tables: readonly Table[], place: number): Promise<boolean> {
  const drafts = tables.map((table): Draft => {
    const others = tables.filter(each => each !== table).map(each => ` ${each.table}`);
    const turns = new Map(table.columns.map(({ name, hasDefault }) => [name, hasDefault ? 0 : place]));
    return { table, turns, seed: `${place}${others.join('')}` };
  });
  const most = place === 0 ? tries.first : tries.further;
  for (let attempt = 0; attempt < most; attempt++) {
    await client.query('savepoint made_up; set constraints all deferred');
    try {
      if (!(await insertAll(client, drafts))) {
        await client.query('rollback to savepoint made_up');
        return false;
      }
      await client.query('set constraints all immediate; release savepoint made_up');
      return true;
    } catch (error) {
      await client.query('rollback to savepoint made_up');
      const { constraint } = error as pg.DatabaseError;
      drawAgain(drafts, constraint, attempt);
    }
  }
  return false;
}

/** Gives whether all could be inserted, which is not so where one would have to refer to a table that is empty. */
async function insertAll(client: pg.ClientBase, drafts: readonly Draft[]): Promise<boolean> {
  const inserted: Inserted[] = [];
  for (const draft of drafts) {
    const values = await makeUp(client, draft, inserted);
    if (!values) {
      return false;
    }
    inserted.push(await insert(client, draft.table, values));
  }
  return true;
}

/** Takes other values of the columns of a constraint; of all columns, where it is none of these tables'. */
function drawAgain(drafts: readonly Draft[], constraint: string | undefined, attempt: number): void {
  const columnsOf = ({ constraints }: Table) => constraints.find(({ name }) => name === constraint)?.columns ?? [];
  const isTold = drafts.some(({ table }) => columnsOf(table).length > 0);
  for (const { table, turns, seed } of drafts) {
    for (const name of isTold ? columnsOf(table) : turns.keys()) {
      turns.set(name, draw(`${table.table}.${name} ${seed} ${attempt}`));
    }
  }
}

/** Values by the columns' turns; undefined when the row would have to refer to a table that is empty. */
async function makeUp(
  client: pg.ClientBase,
  { table: { table, columns, constraints }, turns, seed }: Draft,
  inserted: readonly Inserted[],
): Promise<Values | undefined> {
  const values: Values = new Map();
  for (const column of columns) {
    const texts = constraints.filter(each => each.columns.includes(column.name)).map(({ text }) => text);
    const candidates = candidatesFor(column, texts, `${table}.${column.name} ${seed}`);
    const value = candidates[turns.get(column.name)! % candidates.length];
    if (value !== undefined) {
      values.set(column.name, value);
    }
  }
  for (const { columns: own, refersTo, referred } of constraints) {
    const turn = turns.get(own[0]!)!;
    const isNeeded = columns.some(({ name, isRequired }) => isRequired && own.includes(name));
    if (refersTo !== null && referred !== null) {
      const other = inserted.find(each => isSame(each.table, refersTo));
      // Now and then to none, since a check may want that.
      const isLeftOut = turn % 4 === 3 && !isNeeded;
      const row = isLeftOut ? undefined : await keyOf(client, other ?? refersTo, referred, turn);
      if (!row && isNeeded) {
        return undefined;
      }
      own.forEach((name, index) => values.set(name, row?.[index] ?? null));
    }
  }
  return values;
}

/** The key of a row that was inserted, or of any in a table. */
async function keyOf(
  client: pg.ClientBase,
  of: Inserted | TableName,
  columns: readonly string[],
  turn: number,
): Promise<string[] | undefined> {
  if ('row' in of) {
    return columns.map(column => String(of.row[column]));
  }
  const name = quoted(of);
  const { rows } = await client.query<string[]>({
    text: `select ${columns.map(column => `${pg.escapeIdentifier(column)}::text`).join(', ')} from ${name} order by 1
           offset ${turn} % greatest((select count(*) from ${name}), 1) limit 1`,
    rowMode: 'array',
  });
  return rows[0];
}

/** A row that stands there now. */
interface Inserted {
  table: Table;
  row: Record<string, unknown>;
}

/** @throws DatabaseError when it is refused */
async function insert(client: pg.ClientBase, table: Table, values: Values): Promise<Inserted> {
  const given = table.columns.filter(({ name }) => values.has(name));
  const names = given.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  const texts = given.map(({ type }, index) => `$${index + 1}::text::${type}`).join(', ');
  const { rows } = await client.query<{ row: Inserted['row'] }>(
    `insert into ${quoted(table)} as t ${given.length > 0 ? `(${names}) values (${texts})` : 'default values'}
     returning to_json(t) as row`,
    given.map(({ name }) => values.get(name)),
  );
  return { table, row: rows[0]!.row };
}

function quoted({ schema, table }: TableName): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}

function isSame(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.table === other.table;
}
