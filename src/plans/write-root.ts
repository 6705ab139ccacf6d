import type { EntityClass } from '@mikro-orm/core';
import type { RequestContext } from '../context.js';
import type { JsonRow } from '../database/reader.js';
import { writeObject } from './json-object.js';
import type { Shape } from './planned.js';
import { RootPage } from './root-page.js';
import type { SelectedField } from './selection.js';
import { StatementWriter } from './statement-writer.js';
import { shapeOfRoot, typeOf, writeColumns, writeShape, type Writing } from './write-field.js';

/** The statement that reads a field of the query, for all tenants alike. */
export interface RootStatement {
  text: string;
  values: readonly unknown[];
  /** The field's value as JSON, of the rows that the statement gave. */
  toJson(rows: readonly JsonRow[]): string;
}

/**
 * Writes the statement of a field of the query. It gives rows, of which Node makes the outermost objects: PostgreSQL would take
 * several times as long for these, while it makes what is nested in them where it finds it.
 */
export function writeRoot(
  field: SelectedField,
  context: RequestContext,
  variables: Record<string, unknown>,
): RootStatement {
  if (field.rootStatement) {
    return field.rootStatement;
  }
  const writer = new StatementWriter(context.reader);
  const writing = { writer, context, variables };
  const statement = writeShapeOfRoot(writing, shapeOfRoot(writing, field), field);
  if (!writer.dependsOnRequest) {
    field.rootStatement = statement;
  }
  return statement;
}

function writeShapeOfRoot(writing: Writing, shape: Shape, field: SelectedField): RootStatement {
  const { writer } = writing;
  const { values } = writer;
  switch (shape.kind) {
    case 'row': {
      const text = selectRows(writing, shape.entity, field, shape.from);
      const openers = field.openers(typeOf(shape.entity, field));
      return { text, values, toJson: ([row]) => (row ? writeObject(openers, row, 0) : 'null') };
    }
    case 'rows': {
      const text = selectRows(
        writing,
        shape.entity,
        field,
        alias => `${shape.from(alias)} order by ${shape.orderBy(alias)}`,
      );
      const openers = field.openers(typeOf(shape.entity, field));
      return { text, values, toJson: rows => `[${rows.map(row => writeObject(openers, row, 0)).join(',')}]` };
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
      return { text, values, toJson: rows => `[${rows.map(toText).join(',')}]` };
    }
    case 'page': {
      const page = new RootPage(writing, shape, field);
      return { text: page.text, values, toJson: rows => page.toJson(rows) };
    }
    case 'value':
    case 'fields':
    case 'objects':
      return { text: `select ${writeShape(writing, shape, field)}`, values, toJson: ([row]) => row![0] ?? 'null' };
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
