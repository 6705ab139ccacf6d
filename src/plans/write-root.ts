import type { EntityClass } from '@mikro-orm/core';
import type { RequestContext } from '../context.js';
import type { JsonRow, Reader } from '../database/reader.js';
import { writeObject } from './json-object.js';
import type { Shape } from './planned.js';
import { readFound } from './read-found.js';
import { readParts } from './read-parts.js';
import { RootPage } from './root-page.js';
import type { SelectedField } from './selection.js';
import { StatementWriter } from './statement-writer.js';
import { shapeOfRoot, typeOf, writeColumns, writeShape, type Writing } from './write-field.js';

/** Reads a field at the top of a query, for whichever tenant: its value as JSON. */
export type RootRead = (reader: Reader) => Promise<string>;

/** The statement that reads a field, and what makes its JSON of the rows that it gave. */
interface RootStatement {
  text: string;
  toJson: (rows: readonly JsonRow[]) => string;
}

/**
 * Writes what reads a field at the top of a query. Its statement gives rows, of which Node makes the outermost objects:
 * PostgreSQL would take several times as long for these, while it makes what is nested in them where it finds it.
 */
export function writeRoot(field: SelectedField, context: RequestContext, variables: Record<string, unknown>): RootRead {
  if (field.rootRead) {
    return field.rootRead;
  }
  const writer = new StatementWriter(context.reader);
  const writing = { writer, context, variables };
  const read = writeRead(writing, shapeOfRoot(writing, field), field);
  if (!writer.dependsOnRequest) {
    field.rootRead = read;
  }
  return read;
}

function writeRead(writing: Writing, shape: Shape, field: SelectedField): RootRead {
  const { writer, context, variables } = writing;
  if (shape.kind === 'parts') {
    // What is kept of its fields is kept with them.
    writer.dependOnRequest();
    return readParts(field, part => writeRoot(part, context, variables));
  }
  if (shape.kind === 'found') {
    return readFound(writing, shape, field);
  }
  const { text, toJson } = writeStatement(writing, shape, field);
  return async reader => toJson(await reader.json(reader.fill(text), writer.values));
}

/** What one statement reads. */
type StatementShape = Exclude<Shape, { kind: 'parts' | 'found' }>;

function writeStatement(writing: Writing, shape: StatementShape, field: SelectedField): RootStatement {
  const { writer } = writing;
  switch (shape.kind) {
    case 'row': {
      const text = selectRows(writing, shape.entity, field, shape.from);
      const openers = field.openers(typeOf(shape.entity, field));
      return { text, toJson: ([row]) => (row ? writeObject(openers, row, 0) : 'null') };
    }
    case 'rows': {
      const text = selectRows(
        writing,
        shape.entity,
        field,
        alias => `${shape.from(alias)} order by ${shape.orderBy(alias)}`,
      );
      const openers = field.openers(typeOf(shape.entity, field));
      return { text, toJson: rows => `[${rows.map(row => writeObject(openers, row, 0)).join(',')}]` };
    }
    case 'rowsByKeys': {
      const alias = writer.alias();
      const table = writer.table(shape.entity);
      const columns = writeColumns(writing, shape.entity, alias, field);
      const keys = writer.parameter(shape.keys, `${table.type(table.key)}[]`);
      const found = `${alias}.${table.column(table.key)} = k.key`;
      const text = `select ${found}, ${columns} from unnest(${keys}) with ordinality k(key, place)
        left join ${table.name} ${alias} on ${found} order by k.place`;
      const openers = field.openers(typeOf(shape.entity, field));
      const toText = (row: JsonRow) => (row[0] === null ? 'null' : writeObject(openers, row, 1));
      return { text, toJson: rows => `[${rows.map(toText).join(',')}]` };
    }
    case 'page': {
      const page = new RootPage(writing, shape, field);
      return { text: page.text, toJson: rows => page.toJson(rows) };
    }
    case 'value':
    case 'fields':
    case 'objects':
      return { text: `select ${writeShape(writing, shape, field)}`, toJson: ([row]) => row![0] ?? 'null' };
  }
}

function selectRows(
  writing: Writing,
  entity: EntityClass<object>,
  field: SelectedField,
  clausesOf: (alias: string) => string,
): string {
  const alias = writing.writer.alias();
  return `select ${writeColumns(writing, entity, alias, field)} ${clausesOf(alias)}`;
}
