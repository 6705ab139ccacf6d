import type { Conditions } from '../database/conditions.js';
import { narrowToPage, orderOfPage } from '../database/list.js';
import type { PageShape } from './planned.js';
import type { StatementWriter } from './statement-writer.js';

/** The clauses that find the rows of a page under an alias; one row more where it is asked whether there are more. */
export function pageClauses(writer: StatementWriter, shape: PageShape, alias: string, looksBeyond: boolean): string {
  const { list, request } = shape;
  const table = writer.table(list.entity);
  const conditions = conditionsOf(writer, shape, alias);
  narrowToPage(conditions, table, list, request);
  const order = orderOfPage(list, request, property => `${alias}.${table.column(property)}`);
  // The limit stands in the text: PostgreSQL would plan anew for every request, could it not know how few rows are wanted.
  const limit = request.page.size + (looksBeyond ? 1 : 0);
  return `from ${table.name} ${alias} ${conditions.where()} order by ${order} limit ${limit}`;
}

/** The clauses that find all rows of the list that a page is of, under an alias. */
export function listClauses(writer: StatementWriter, shape: PageShape, alias: string): string {
  const { list, request } = shape;
  const conditions = conditionsOf(writer, shape, alias);
  list.narrow(conditions, request.filter);
  return `from ${writer.table(list.entity).name} ${alias} ${conditions.where()}`;
}

function conditionsOf(writer: StatementWriter, { list, owner }: PageShape, alias: string): Conditions {
  const table = writer.table(list.entity);
  const conditions = writer.conditions(table, alias);
  if (owner) {
    conditions.add(`${alias}.${table.column(owner.relation)} = ${owner.key}`);
  }
  return conditions;
}
