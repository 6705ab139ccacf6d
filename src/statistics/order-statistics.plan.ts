import { Customer } from '../customers/customer.entity.js';
import { SortDirection } from '../database/list.js';
import { checkSize } from '../graphql/paging.js';
import type { Place, Planner, Shape } from '../plans/planned.js';
import { rowBy } from '../plans/planners.js';
import { countsSql } from './counts-sql.js';
import { Figure } from './order-figure.entity.js';

/** The zip codes with the most or the fewest orders. */
export function zipCodeCounts(figure: Figure): Planner<{ first: number; direction: SortDirection }> {
  return (place, { first, direction }) =>
    counts(place, figure, first, direction, {
      zipCode: alias => ({ kind: 'value', sql: `${alias}.key` }),
      count: countOf,
    });
}

/** The customers with the most in-store purchases. */
export const topCustomers: Planner<{ first: number }> = (place, { first }) =>
  counts(place, Figure.IN_STORE_CUSTOMER, first, SortDirection.DESC, {
    customer: alias => rowBy(Customer, 'id', `${alias}.key::uuid`, place),
    orderCount: countOf,
  });

const countOf = (alias: string): Shape => ({ kind: 'value', sql: `${alias}.count` });

function counts(
  { writer }: Place,
  figure: Figure,
  first: number,
  direction: SortDirection,
  fields: Record<string, (alias: string) => Shape>,
): Shape {
  const size = writer.parameter(checkSize('first', first), 'int');
  const sql = countsSql(entity => writer.table(entity), writer.parameter(figure, 'text'), size, direction);
  return {
    kind: 'objects',
    from: alias => `from (${sql}) ${alias}`,
    orderBy: alias => `${alias}.count ${direction}, ${alias}.key`,
    fields,
  };
}
