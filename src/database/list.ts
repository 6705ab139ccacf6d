import type { EntityClass } from '@mikro-orm/core';
import { Conditions } from './conditions.js';
import { decodeCursor } from './cursor.js';
import { ListPage } from './list-page.js';
import { type Batch, groupByKey } from './loaders.js';
import type { Reader } from './reader.js';
import type { Row } from './row.js';
import type { Table } from './table.js';

/** A direction to read a list in. */
export enum SortDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}

/** A list that is read page by page: what stands in it, how it can be sorted and what it can be narrowed to. */
export interface List<Entity extends object, Filter, Sort extends string> {
  /** Stands in cursors, so that one of another list is refused. */
  name: string;
  entity: EntityClass<Entity>;
  /** The properties of each order, the last of which makes it unique. An index stands behind each; none may be null. */
  sorts: Record<Sort, readonly (keyof Row<Entity> & string)[]>;
  /** Adds the conditions of a filter. */
  narrow(conditions: Conditions, filter: Filter): void;
}

/** A page that was asked for, its size checked. */
export interface PageRequest {
  size: number;
  after: string | undefined;
  before: string | undefined;
  /** Whether the page is the last of what lies between `after` and `before`, not the first. */
  fromEnd: boolean;
}

/** What of a list is asked for. */
export interface ListRequest<Filter, Sort extends string> {
  page: PageRequest;
  sort: Sort;
  direction: SortDirection;
  filter: Filter;
}

/** Reads a page of a list. */
export async function readPage<Entity extends object, Filter, Sort extends string>(
  reader: Reader,
  list: List<Entity, Filter, Sort>,
  request: ListRequest<Filter, Sort>,
): Promise<ListPage<Row<Entity>>> {
  const table = reader.table(list.entity);
  const conditions = new Conditions(table, 't');
  const rows = await reader.run<Row<Entity>>(pageStatement(table, list, request, conditions), conditions.values);
  return toPage(rows, list, request, async () => {
    const all = new Conditions(table, 't');
    list.narrow(all, request.filter);
    const [row] = await reader.run<{ count: string }>(
      `select count(*) from ${table.name} t ${all.where()}`,
      all.values,
    );
    return Number(row!.count);
  });
}

/**
 * Reads the same page of many lists by one statement, such as the orders of each of several customers. The relation is
 * the to-one property by which a row says in whose list it stands.
 */
export function pagesPointingTo<Entity extends object, Filter, Sort extends string>(
  list: List<Entity, Filter, Sort>,
  relation: keyof Row<Entity> & string,
): PagesBatch<Entity, Filter, Sort> {
  const batch: Batch<string, ListPage<Row<Entity>>, ListRequest<Filter, Sort>> = async (reader, keys, request) => {
    const table = reader.table(list.entity);
    const conditions = new Conditions(table, 't');
    const owners = conditions.parameter(keys, `${table.type(relation)}[]`);
    conditions.add(`t.${table.column(relation)} = owner.key`);
    const page = pageStatement(table, list, request, conditions);
    const rows = await reader.run<Row<Entity>>(
      `select page.* from unnest(${owners}) as owner(key) cross join lateral (${page}) page
       order by ${orderOfPage(list, request, property => `page."${property}"`)}`,
      conditions.values,
    );
    let counts: Promise<Map<string, number>> | undefined;
    return groupByKey(rows, row => row[relation] as string, keys).map((rowsOfKey, index) =>
      toPage(rowsOfKey, list, request, async () => {
        // The first page that is asked for its count counts for all.
        counts ??= countPointingTo(reader, list, relation, keys, request.filter);
        return (await counts).get(keys[index]!) ?? 0;
      }),
    );
  };
  return Object.assign(batch, { list, relation });
}

/** A batch of pages of a list, with what a read plan needs to know to read them along with whom they belong to. */
export interface PagesBatch<Entity extends object, Filter, Sort extends string> extends Batch<
  string,
  ListPage<Row<Entity>>,
  ListRequest<Filter, Sort>
> {
  readonly list: List<Entity, Filter, Sort>;
  readonly relation: string;
}

async function countPointingTo<Entity extends object, Filter, Sort extends string>(
  reader: Reader,
  list: List<Entity, Filter, Sort>,
  relation: keyof Row<Entity> & string,
  keys: readonly string[],
  filter: Filter,
): Promise<Map<string, number>> {
  const table = reader.table(list.entity);
  const conditions = new Conditions(table, 't');
  const column = `t.${table.column(relation)}`;
  conditions.add(`${column} = any(${conditions.parameter(keys, `${table.type(relation)}[]`)})`);
  list.narrow(conditions, filter);
  const rows = await reader.run<{ key: string; count: string }>(
    `select ${column} as key, count(*) from ${table.name} t ${conditions.where()} group by ${column}`,
    conditions.values,
  );
  return new Map(rows.map(({ key, count }) => [key, Number(count)]));
}

function pageStatement<Entity extends object, Filter, Sort extends string>(
  table: Table,
  list: List<Entity, Filter, Sort>,
  request: ListRequest<Filter, Sort>,
  conditions: Conditions,
): string {
  narrowToPage(conditions, table, list, request);
  // One row more than the page tells whether another page follows.
  return `select ${table.columns('t')} from ${table.name} t ${conditions.where()}
    order by ${orderOfPage(list, request, property => `t.${table.column(property)}`)} limit ${request.page.size + 1}`;
}

/**
 * Adds the conditions of a page: those of the filter, and that rows lie between the cursors.
 * @throws DomainError INVALID_CURSOR
 */
export function narrowToPage<Entity extends object, Filter, Sort extends string>(
  conditions: Conditions,
  table: Table,
  list: List<Entity, Filter, Sort>,
  request: ListRequest<Filter, Sort>,
): void {
  const { page, direction } = request;
  const properties = list.sorts[request.sort];
  list.narrow(conditions, request.filter);
  const place = (cursor: string) =>
    decodeCursor(
      cursor,
      orderName(list, request),
      properties.map(property => table.type(property)),
    );
  if (page.after !== undefined) {
    conditions.beyond(properties, place(page.after), direction);
  }
  if (page.before !== undefined) {
    conditions.beyond(properties, place(page.before), opposite(direction));
  }
}

/** The order in which a page's rows are read, from its first or from its last. */
export function orderOfPage<Entity extends object, Filter, Sort extends string>(
  list: List<Entity, Filter, Sort>,
  { sort, direction, page }: ListRequest<Filter, Sort>,
  column: (property: string) => string,
): string {
  const read = page.fromEnd ? opposite(direction) : direction;
  return list.sorts[sort].map(property => `${column(property)} ${read}`).join(', ');
}

function toPage<Entity extends object, Filter, Sort extends string>(
  rows: Row<Entity>[],
  list: List<Entity, Filter, Sort>,
  request: ListRequest<Filter, Sort>,
  count: () => Promise<number>,
): ListPage<Row<Entity>> {
  const { size, after, before, fromEnd } = request.page;
  const hasMore = rows.length > size;
  const nodes = rows.slice(0, size);
  if (fromEnd) {
    nodes.reverse();
  }
  return new ListPage(
    nodes,
    { name: orderName(list, request), properties: list.sorts[request.sort] },
    {
      hasNextPage: fromEnd ? before !== undefined : hasMore,
      hasPreviousPage: fromEnd ? hasMore : after !== undefined,
    },
    count,
  );
}

/** The name of a list's order, which its cursors begin with. */
export function orderName(list: { name: string }, request: { sort: string }): string {
  return `${list.name}.${request.sort}`;
}

function opposite(direction: SortDirection): SortDirection {
  return direction === SortDirection.ASC ? SortDirection.DESC : SortDirection.ASC;
}
