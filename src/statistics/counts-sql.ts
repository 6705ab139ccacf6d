import type { EntityClass } from '@mikro-orm/core';
import type { SortDirection } from '../database/list.js';
import type { Table } from '../database/table.js';
import { maxPageSize } from '../graphql/paging.js';
import { OrderFigure, OrderFigureChange } from './order-figure.entity.js';

/**
 * The statement that gives the keys of a figure with the most or the fewest orders, and their counts; equal ones by key, so
 * that answers are stable. It takes as long as a page at the least of what did not change since it was folded in, which an index
 * gives in order, and all that did.
 * @param figure the figure, as SQL
 * @param first how many at the most, as SQL
 */
export function countsSql(
  tableOf: (entity: EntityClass<object>) => Table,
  figure: string,
  first: string,
  direction: SortDirection,
): string {
  const [figures, changes] = [tableOf(OrderFigure), tableOf(OrderFigureChange)];
  const kept = {
    figure: `f.${figures.column('figure')}`,
    key: `f.${figures.column('key')}`,
    count: `f.${figures.column('count')}`,
  };
  const changed = {
    figure: changes.column('figure'),
    key: changes.column('key'),
    change: changes.column('change'),
  };
  return `
    with changed as materialized (
      select ${changed.key} as key, sum(${changed.change})::int as change from ${changes.name}
      where ${changed.figure} = ${figure} group by 1 having sum(${changed.change}) <> 0
    )
    select key, count from (
      (select ${kept.key} as key, ${kept.count} as count from ${figures.name} f
       where ${kept.figure} = ${figure} and ${kept.count} > 0 and ${kept.key} not in (select key from changed)
       order by ${kept.count} ${direction}, ${kept.key} limit ${maxPageSize})
      union all
      select key, count from (
        select changed.key, changed.change + coalesce(${kept.count}, 0) as count from changed
        left join ${figures.name} f on ${kept.figure} = ${figure} and ${kept.key} = changed.key
      ) after where count > 0
    ) figure
    order by count ${direction}, key limit ${first}`;
}
