import type { EntityClass } from '@mikro-orm/core';
import {
  getNamedType,
  getNullableType,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLID,
  GraphQLInt,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isListType,
} from 'graphql';
import type { RequestContext } from '../context.js';
import type { Table } from '../database/table.js';
import { instantSql, objectOf, selectList, typeName } from './json-sql.js';
import type { Place, Shape } from './planned.js';
import type { SelectedField } from './selection.js';
import type { StatementWriter } from './statement-writer.js';
import { Unplanned } from './unplanned.js';
import { writePage } from './write-page.js';

/** What the writing of a statement goes by. */
export interface Writing {
  writer: StatementWriter;
  context: RequestContext;
  variables: Record<string, unknown>;
}

/** A row of an entity under an alias of the statement. */
interface RowPlace extends Place {
  alias: string;
  table: Table;
}

/** A place with a row of an entity. */
function placeOf(writing: Writing, entity: EntityClass<object>, alias: string): RowPlace {
  const table = writing.writer.table(entity);
  return { ...writing, alias, table, column: property => `${alias}.${table.column(property)}` };
}

/** The place of the fields of a query, which belong to no row. */
export function rootPlace(writing: Writing): Place {
  return {
    ...writing,
    column: property => {
      throw new Error(`A field of the query has no row whose ${property} could be asked for.`);
    },
  };
}

/** A field's value as a SQL expression that PostgreSQL turns into the JSON that the resolvers would give. */
export function writeField(writing: Writing, place: Place, field: SelectedField): string {
  const { plan } = field;
  if (!plan) {
    return writeColumn(place, field);
  }
  const shape = plan(place, field.arguments(writing.variables) as never);
  if (!shape) {
    throw new Unplanned(`${field.name} is not planned for its arguments.`);
  }
  return writeShape(writing, shape, field);
}

function writeShape(writing: Writing, shape: Shape, field: SelectedField): string {
  switch (shape.kind) {
    case 'value':
      return shape.sql;
    case 'fields': {
      const parts = field.below().map(({ name, key }) => {
        const sql = name === '__typename' ? typeName(getNamedType(field.type).name) : shape.fields[name];
        if (sql === undefined) {
          throw new Unplanned(`${name} is not planned.`);
        }
        return `'"${key}":"' || ${sql} || '"'`;
      });
      return `('{' || ${parts.join(` || ',' || `)} || '}')::json`;
    }
    case 'row': {
      const alias = writing.writer.alias();
      return writeObject(writing, shape.entity, alias, field, shape.from(alias));
    }
    case 'rows': {
      const alias = writing.writer.alias();
      const rows = writeObject(
        writing,
        shape.entity,
        alias,
        field,
        `${shape.from(alias)} order by ${shape.orderBy(alias)}`,
      );
      return `array_to_json(array${rows})`;
    }
    case 'page':
      return writePage(writing.writer, shape, field, (node, alias) =>
        objectOf(
          writeColumns(writing, placeOf(writing, shape.list.entity, alias), node, typeOf(shape.list.entity, node)),
          '',
        ),
      );
  }
}

/** What is asked for of the rows that some clauses find, each as one JSON object; a subselect in brackets. */
function writeObject(
  writing: Writing,
  entity: EntityClass<object>,
  alias: string,
  field: SelectedField,
  clauses: string,
): string {
  return objectOf(writeColumns(writing, placeOf(writing, entity, alias), field, typeOf(entity, field)), clauses);
}

/** The object type of an entity's rows: the field's own, or of an interface the one that is called as the entity. */
function typeOf(entity: EntityClass<object>, field: SelectedField): GraphQLObjectType {
  const type = getNamedType(field.type);
  if (type instanceof GraphQLObjectType) {
    return type;
  }
  const concrete = field.schema.getType(entity.name);
  if (!(concrete instanceof GraphQLObjectType)) {
    throw new Error(`There is no type ${entity.name}.`);
  }
  return concrete;
}

/** The select list of what is asked for of an object. */
function writeColumns(writing: Writing, place: Place, field: SelectedField, type: GraphQLObjectType): string[] {
  return selectList(field.below(type), selected =>
    selected.definition ? writeField(writing, place, selected) : typeName(type.name),
  );
}

/** A field that is a column of its type's entity. */
function writeColumn(place: Place, { definition, name }: SelectedField): string {
  if (!definition || definition.resolve || !('table' in place)) {
    throw new Unplanned(`${name} has a resolver and no plan.`);
  }
  return writeLeaf(definition.type, place.column(name));
}

/** A column as the JSON that its type gives. */
function writeLeaf(type: GraphQLOutputType, column: string): string {
  const nullable = getNullableType(type);
  const leaf = isListType(nullable) ? getNullableType(nullable.ofType) : nullable;
  if (leaf === GraphQLString || leaf === GraphQLID || leaf === GraphQLInt || leaf === GraphQLBoolean) {
    return column;
  }
  if (leaf instanceof GraphQLEnumType && leaf.getValues().every(({ name, value }) => name === value)) {
    return column;
  }
  if (!isListType(nullable)) {
    switch (getNamedType(type).name) {
      case 'DateTime':
        return instantSql(column);
      case 'Decimal':
      case 'Date':
        return `${column}::text`;
    }
  }
  throw new Unplanned(`${String(type)} is not planned.`);
}
