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
import type { Place, Planner, Shape } from './planned.js';
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

/** A place of a statement: with a row of an entity under an alias, or at the top, where no row is. */
class StatementPlace implements Place {
  readonly writer: StatementWriter;
  readonly #table: Table | undefined;

  constructor(
    private readonly writing: Writing,
    entity?: EntityClass<object>,
    readonly alias = '',
  ) {
    this.writer = writing.writer;
    this.#table = entity && this.writer.table(entity);
  }

  get context(): RequestContext {
    this.writer.dependOnRequest();
    return this.writing.context;
  }

  get hasRow(): boolean {
    return this.#table !== undefined;
  }

  readonly column = (property: string): string => {
    if (!this.#table) {
      throw new Error(`A field of the query has no row whose ${property} could be asked for.`);
    }
    return `${this.alias}.${this.#table.column(property)}`;
  };
}

/** A field's value as a SQL expression that PostgreSQL turns into the JSON that the resolvers would give. */
function writeField(writing: Writing, place: StatementPlace, field: SelectedField): string {
  const { plan } = field;
  if (!plan) {
    return writeColumn(place, field);
  }
  return writing.writer.fragment(field.fragments, undefined, place.alias, () =>
    writeShape(writing, shapeOf(writing, place, plan, field), field),
  );
}

/** The shape of a field of the query. */
export function shapeOfRoot(writing: Writing, field: SelectedField): Shape {
  const { plan } = field;
  if (!plan) {
    throw new Unplanned(`${field.name} has no plan.`);
  }
  return shapeOf(writing, new StatementPlace(writing), plan, field);
}

function shapeOf(writing: Writing, place: Place, plan: Planner, field: SelectedField): Shape {
  if (field.hasVariables) {
    writing.writer.dependOnRequest();
  }
  const shape = plan(place, field.arguments(writing.variables) as never);
  if (!shape) {
    throw new Unplanned(`${field.name} is not planned for its arguments.`);
  }
  return shape;
}

/** A field's value, for whose shape it is known. */
export function writeShape(writing: Writing, shape: Shape, field: SelectedField): string {
  switch (shape.kind) {
    case 'value':
      return shape.sql;
    case 'fields': {
      const parts = field.below().map(({ name, key }) => {
        const sql = shape.fields[name] ?? writeTypeName(name, field);
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
    case 'rowsByKeys':
    case 'parts':
    case 'found':
      throw new Unplanned(`${shape.kind} are read at the top of a query alone.`);
    case 'objects': {
      const alias = writing.writer.alias();
      const columns = selectList(field.below(), selected => {
        const shapeBelow = shape.fields[selected.name]?.(alias);
        return shapeBelow ? writeShape(writing, shapeBelow, selected) : writeTypeName(selected.name, field);
      });
      return `array_to_json(array${objectOf(columns, `${shape.from(alias)} order by ${shape.orderBy(alias)}`)})`;
    }
    case 'page':
      return writePage(writing.writer, shape, field, (node, alias) =>
        writeColumns(writing, shape.list.entity, alias, node),
      );
  }
}

/** The name of an object's type, which is all that is asked for beside its fields. */
function writeTypeName(name: string, object: SelectedField): string {
  if (name !== '__typename') {
    throw new Unplanned(`${name} is not planned.`);
  }
  return typeName(getNamedType(object.type).name);
}

/** What is asked for of the rows that some clauses find, each as one JSON object; a subselect in brackets. */
function writeObject(
  writing: Writing,
  entity: EntityClass<object>,
  alias: string,
  field: SelectedField,
  clauses: string,
): string {
  return objectOf(writeColumns(writing, entity, alias, field), clauses);
}

/** The select list of what is asked for of the rows of an entity under an alias. */
export function writeColumns(
  writing: Writing,
  entity: EntityClass<object>,
  alias: string,
  field: SelectedField,
): string {
  const type = typeOf(entity, field);
  return writing.writer.fragment(field.fragments, type, alias, () => {
    const place = new StatementPlace(writing, entity, alias);
    return selectList(field.below(type), selected =>
      selected.definition ? writeField(writing, place, selected) : typeName(type.name),
    );
  });
}

/** The object type of an entity's rows: the field's own, or of an interface the one that is called as the entity. */
export function typeOf(entity: EntityClass<object>, field: SelectedField): GraphQLObjectType {
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

/** A field that is a column of its type's entity. */
function writeColumn(place: StatementPlace, { definition, name }: SelectedField): string {
  if (!definition || definition.resolve || !place.hasRow) {
    throw new Unplanned(`${name} has a resolver and no plan.`);
  }
  return writeLeaf(definition.type, place.column(name));
}

/** A column as the JSON that its type gives. */
function writeLeaf(type: GraphQLOutputType, column: string): string {
  const nullable = getNullableType(type);
  const leaf = isListType(nullable) ? getNullableType(nullable.ofType) : nullable;
  const isList = isListType(nullable);
  const isEnumOfNames = leaf instanceof GraphQLEnumType && leaf.getValues().every(({ name, value }) => name === value);
  if (leaf === GraphQLString || leaf === GraphQLID || leaf === GraphQLInt || leaf === GraphQLBoolean || isEnumOfNames) {
    return isList ? `array_to_json(${column})` : column;
  }
  if (!isList) {
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
