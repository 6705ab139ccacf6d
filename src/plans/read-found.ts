import type { EntityClass } from '@mikro-orm/core';
import { getNamedType, type GraphQLObjectType } from 'graphql';
import type { Reader } from '../database/reader.js';
import { writeObject } from './json-object.js';
import { plainJson } from './plain-json.js';
import type { FoundShape, RowReference } from './planned.js';
import type { SelectedField } from './selection.js';
import { StatementWriter } from './statement-writer.js';
import { typeOf, writeColumns, type Writing } from './write-field.js';
import type { RootRead } from './write-root.js';

/** The JSON of one field of all objects that were found; undefined for those that are gone. */
type Part = (reader: Reader, values: readonly unknown[]) => Promise<readonly (string | undefined)[]>;

/** Reads objects that are found in steps, and what is asked for of the rows that they lead to. */
export function readFound(writing: Writing, { find, rows = {} }: FoundShape, field: SelectedField): RootRead {
  const type = getNamedType(field.type) as GraphQLObjectType;
  const fields = field.below(type);
  const openers = field.openers(type);
  const names = new Set(fields.map(({ name }) => name));
  const parts = fields.map(selected => {
    const entities = rows[selected.name];
    return selected.definition ? (entities ? rowsPart(writing, entities, selected) : plainPart(selected)) : named(type);
  });
  return async reader => {
    const found = (await find(reader, names)) as Record<string, unknown>[];
    const columns = await Promise.all(
      parts.map((part, index) =>
        part(
          reader,
          found.map(object => object[fields[index]!.name]),
        ),
      ),
    );
    const texts = found.map((_, row) => {
      const values = columns.map(column => column[row]);
      return values.every(value => value !== undefined) ? [writeObject(openers, values, 0)] : [];
    });
    return `[${texts.flat().join(',')}]`;
  };
}

function named({ name }: GraphQLObjectType): Part {
  return async (_reader, values) => values.map(() => JSON.stringify(name));
}

function plainPart(field: SelectedField): Part {
  const write = plainJson(field);
  return async (_reader, values) =>
    (await Promise.all(values)).map(value => (value === undefined ? undefined : write(value)));
}

/** What is asked for of rows, by one statement for each of the entities of which some were found. */
function rowsPart(writing: Writing, entities: readonly EntityClass<object>[], field: SelectedField): Part {
  const reads = entities.map(entity => rowsOf(writing, entity, field));
  return async (reader, values) => {
    const references = values as RowReference[];
    const texts = await Promise.all(
      entities.map(async (entity, index) => {
        const keys = references.filter(reference => reference.entity === entity).map(({ key }) => key);
        return keys.length > 0 ? reads[index]!(reader, keys) : undefined;
      }),
    );
    return references.map(({ entity, key }) => texts[entities.indexOf(entity)]?.get(key));
  };
}

/** Reads what is asked for of an entity's rows, by their keys. */
function rowsOf(
  writing: Writing,
  entity: EntityClass<object>,
  field: SelectedField,
): (reader: Reader, keys: readonly string[]) => Promise<Map<string, string>> {
  const writer = new StatementWriter(writing.context.reader);
  const table = writer.table(entity);
  const alias = writer.alias();
  // The first parameter: who reads says which keys.
  const keys = writer.parameter([], `${table.type(table.key)}[]`);
  const columns = writeColumns({ ...writing, writer }, entity, alias, field);
  const text = `select k.place, ${columns} from unnest(${keys}) with ordinality k(key, place)
    join ${table.name} ${alias} on ${alias}.${table.column(table.key)} = k.key`;
  if (writer.dependsOnRequest) {
    writing.writer.dependOnRequest();
  }
  const openers = field.openers(typeOf(entity, field));
  const [, ...values] = writer.values;
  return async (reader, given) => {
    const rows = await reader.json(reader.fill(text), [given, ...values]);
    return new Map(rows.map(row => [given[Number(row[0]) - 1]!, writeObject(openers, row, 1)]));
  };
}
