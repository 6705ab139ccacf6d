import type { EntityClass } from '@mikro-orm/core';
import { moneySql, withDecimals } from '../graphql/money.js';
import type { List, ListRequest, PagesBatch } from '../database/list.js';
import type { RowBatch, RowsBatch } from '../database/loaders.js';
import type { Place, PlannedList, Planner, Shape } from './planned.js';

/** The row that a to-one property of the parent points to. */
export function one<Entity extends object>({ entity }: RowBatch<Entity>, property: string): Planner {
  return place => rowBy(entity, place.writer.table(entity).key, place.column(property), place);
}

/** The row of an entity by a key that the arguments give. */
export function byKey<Args>({ entity }: { entity: EntityClass<object> }, keyOf: (args: Args) => string): Planner<Args> {
  return (place, args) => {
    const table = place.writer.table(entity);
    return rowBy(entity, table.key, place.writer.parameter(keyOf(args), table.type(table.key)), place);
  };
}

/** All rows that point to the parent. */
export function many<Entity extends object>({ entity, relation, orderBy }: RowsBatch<Entity>): Planner {
  return place => {
    const table = place.writer.table(entity);
    const owner = place.column('id');
    return {
      kind: 'rows',
      entity,
      from: alias => `from ${table.name} ${alias} where ${alias}.${table.column(relation)} = ${owner}`,
      orderBy: alias => `${alias}.${table.column(orderBy)}`,
    };
  };
}

/** The shape of a page of a list: of all of it, or of what points to an owner by a to-one relation. */
export function pageShape<Entity extends object, Filter, Sort extends string>(
  list: List<Entity, Filter, Sort>,
  request: ListRequest<Filter, Sort>,
  owner?: { relation: string; key: string },
): Shape {
  // A list and its request fit each other, which is all that those who write the statement need.
  return { kind: 'page', list: list as unknown as PlannedList, request, ...(owner && { owner }) };
}

/** A page of a list. */
export function page<Args, Entity extends object, Filter, Sort extends string>(
  list: List<Entity, Filter, Sort>,
  requestOf: (args: Args) => ListRequest<Filter, Sort>,
): Planner<Args> {
  return (_place, args) => pageShape(list, requestOf(args));
}

/** A page of what points to the parent. */
export function pageOf<Args, Entity extends object, Filter, Sort extends string>(
  { list, relation }: PagesBatch<Entity, Filter, Sort>,
  requestOf: (args: Args) => ListRequest<Filter, Sort>,
): Planner<Args> {
  return (place, args) => pageShape(list, requestOf(args), { relation, key: place.column('id') });
}

/** An amount of money that stands in the row, beside its currency and, where the row has it, the currency's decimals. */
export function amount(property: string, decimals?: string): Planner {
  return ({ column }) => {
    const [value, currency] = [column(property), column('currencyCode')];
    const text = decimals === undefined ? moneySql(value, currency) : withDecimals(value, column(decimals));
    return { kind: 'fields', fields: { amount: text, currencyCode: currency } };
  };
}

/** The row of an entity with a property that is unique. */
export function rowBy(entity: EntityClass<object>, property: string, key: string, { writer }: Place): Shape {
  const table = writer.table(entity);
  return {
    kind: 'row',
    entity,
    from: alias => `from ${table.name} ${alias} where ${alias}.${table.column(property)} = ${key}`,
  };
}
