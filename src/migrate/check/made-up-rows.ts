import { createHash } from 'node:crypto';
import pg from 'pg';
import { countRows } from '../row-counts.js';

/** Rows of a table, where as many can be made up. */
const rowsOfTable = 3;

/** Tries of a table's first row and of each further one, with other values of what a constraint has refused. */
const tries = { first: 300, further: 20 };

/** A column, as values for it are made up. */
interface Column {
  name: string;
  type: string;
  /** PostgreSQL's letter for types that are alike, such as N for numbers. */
  category: string;
  isRequired: boolean;
  hasDefault: boolean;
  labels: string[] | null;
}

interface Constraint {
  name: string;
  columns: string[];
  /** Its statement. */
  text: string;
  /** Of a foreign key: the other table, and its columns. */
  refersTo: string | null;
  referred: string[] | null;
}

interface Table {
  schema: string;
  table: string;
  columns: Column[];
  constraints: Constraint[];
}

/** By columns; none where the column's default is to be taken. */
type Values = Map<string, string | null>;

/**
 * Makes up some rows for each table that has none: by its columns' types, of keys that there are, and by trying until its
 * constraints take them. The same tables get the same rows.
 * @returns the tables for which none were found
 */
export async function makeUpRows(client: pg.ClientBase, schemas: readonly string[]): Promise<string[]> {
  const counts = await countRows(client, schemas);
  const shapes = await readTables(client, schemas);
  let empty = shapes.filter(({ schema, table }) =>
    counts.some(count => count.schema === schema && count.table === table && count.rows === 0),
  );
  for (let before = Infinity; empty.length < before;) {
    before = empty.length;
    // Those that refer to others are filled in a later turn.
    const left: Table[] = [];
    for (const table of empty) {
      if (!(await fill(client, table))) {
        left.push(table);
      }
    }
    empty = left;
  }
  return empty.map(({ schema, table }) => `${schema}.${table}`).sort();
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
            'refersTo', (select format('%I.%I', s.nspname, r.relname) from pg_class r join pg_namespace s on s.oid = r.relnamespace
              where r.oid = o.confrelid),
            'referred', (select json_agg(a.attname order by k.place) from unnest(o.confkey) with ordinality k (attnum, place)
              join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.attnum)) order by o.conname), '[]')
        from pg_constraint o where o.conrelid = c.oid) as constraints
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2`,
    [schemas],
  );
  return rows;
}

/** Gives whether the table has a row now. */
async function fill(client: pg.ClientBase, table: Table): Promise<boolean> {
  let made = 0;
  await client.query('begin; set constraints all immediate');
  while (made < rowsOfTable && (await addRow(client, table, made))) {
    made += 1;
  }
  await client.query('commit');
  return made > 0;
}

async function addRow(client: pg.ClientBase, table: Table, place: number): Promise<boolean> {
  const { columns, constraints } = table;
  const turns = new Map(columns.map(({ name, hasDefault }) => [name, hasDefault ? 0 : place]));
  const most = place === 0 ? tries.first : tries.further;
  for (let attempt = 0; attempt < most; attempt++) {
    const values = await makeUp(client, table, turns, place);
    if (!values) {
      return false;
    }
    const refusal = await insert(client, table, values);
    if (!refusal) {
      return true;
    }
    const refused = constraints.find(({ name }) => name === refusal.constraint)?.columns ?? [];
    for (const name of refused.length > 0 ? refused : turns.keys()) {
      turns.set(name, draw(`${table.table}.${name} ${place} ${attempt}`));
    }
  }
  return false;
}

/** Values by the columns' turns; undefined when the row would have to refer to a table that is empty. */
async function makeUp(
  client: pg.ClientBase,
  { columns, constraints, table }: Table,
  turns: ReadonlyMap<string, number>,
  place: number,
): Promise<Values | undefined> {
  const values: Values = new Map();
  for (const column of columns) {
    const texts = constraints.filter(each => each.columns.includes(column.name)).map(({ text }) => text);
    const candidates = candidatesFor(column, texts, `${table}.${column.name} ${place}`);
    const value = candidates[turns.get(column.name)! % candidates.length];
    if (value !== undefined) {
      values.set(column.name, value);
    }
  }
  for (const { columns: own, refersTo, referred } of constraints) {
    const turn = turns.get(own[0]!)!;
    const isNeeded = columns.some(({ name, isRequired }) => isRequired && own.includes(name));
    if (refersTo !== null && referred !== null) {
      // Now and then to none, since a check may want that.
      const row = turn % 4 === 3 && !isNeeded ? undefined : await anyRow(client, refersTo, referred, turn);
      if (!row && isNeeded) {
        return undefined;
      }
      own.forEach((name, index) => values.set(name, row?.[index] ?? null));
    }
  }
  return values;
}

async function anyRow(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  turn: number,
): Promise<string[] | undefined> {
  const { rows } = await client.query<string[]>({
    text: `select ${columns.map(name => `${pg.escapeIdentifier(name)}::text`).join(', ')} from ${table} order by 1
           offset ${turn} % greatest((select count(*) from ${table}), 1) limit 1`,
    rowMode: 'array',
  });
  return rows[0];
}

/** Gives why it was refused, when it was. */
async function insert(
  client: pg.ClientBase,
  { schema, table, columns }: Table,
  values: Values,
): Promise<pg.DatabaseError | undefined> {
  const given = columns.filter(({ name }) => values.has(name));
  const names = given.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  const texts = given.map(({ type }, index) => `$${index + 1}::text::${type}`).join(', ');
  await client.query('savepoint made_up');
  try {
    await client.query(
      `insert into ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)} ${given.length > 0 ? `(${names}) values (${texts})` : 'default values'}`,
      given.map(({ name }) => values.get(name)),
    );
    await client.query('release savepoint made_up');
    return undefined;
  } catch (error) {
    await client.query('rollback to savepoint made_up');
    return error as pg.DatabaseError;
  }
}

/** Values to be tried for a column, the likeliest first; undefined for its default. */
function candidatesFor(column: Column, constraints: readonly string[], seed: string): (string | null | undefined)[] {
  const literals = constraints.flatMap(text =>
    Array.from(text.matchAll(/'((?:[^']|'')*)'|\b\d+(?:\.\d+)?\b/g), ([all, quoted]) => quoted ?? all),
  );
  return [
    ...(column.hasDefault ? [undefined] : []),
    ...(column.labels ?? []),
    ...(column.labels ? [] : literals),
    ...byType(column, seed),
    ...(column.isRequired ? [] : [null]),
  ];
}

function byType({ type, category }: Column, seed: string): (string | null)[] {
  switch (category) {
    case 'N':
      return ['1', '2', '3', '0', '10', '42'];
    case 'S':
      return [
        'Ford',
        'Arthur Dent',
        'trillian',
        'EUR',
        'DE',
        'en',
        'simple',
        '424242',
        'ford@earth.example',
        'https://earth.example/',
      ];
    case 'B':
      return ['true', 'false'];
    // Long ago, so that nothing that is made up is still alive, due or valid.
    case 'D':
      return ['2001-05-11 10:00Z', '2001-05-12 10:00Z', '2001-05-13 10:00Z'];
    case 'T':
      return ['1 day', '2 days'];
    case 'A':
      return ['{}'];
    case 'I':
      return ['192.0.2.1', '192.0.2.2'];
  }
  if (type === 'uuid') {
    return [createHash('md5').update(seed).digest('hex')];
  }
  return /^jsonb?$/.test(type) ? ['{}', '[]'] : ['1', '', null];
}

/** A number that is the same for the same text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}
