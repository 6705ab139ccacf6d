import type { Row } from '../database/row.js';
import type { Reader } from '../database/reader.js';
import { readOne } from '../database/loaders.js';
import { HistoryEntry } from '../history/history-entry.entity.js';
import { lineAmounts, type Order, OrderItem } from './order.entity.js';
import type { OrderParts, PastItem } from './order-parts.js';
import { orderById, type OrderTotals, sumOfLines } from './order.loaders.js';

/** What of an order's parts was not the same at some moment. */
export interface PastParts extends Partial<Omit<OrderParts, 'items'>> {
  items?: Row<OrderItem>[];
  totals?: OrderTotals;
}

/** An order as it is, or as it was, with those of its parts that are no longer the same. */
export type OrderRow = Row<Order> & { past?: PastParts };

/**
 * An order as it was at a moment; null when it was not placed yet. What was changed since is undone, from the last change
 * to the first, so an order needs no history to be shown as it has been all the time.
 */
export async function orderAsOf(reader: Reader, key: string, asOf: Date): Promise<OrderRow | null> {
  const order = await readOne(reader, orderById, key, undefined);
  if (!order || order.placedAt > asOf) {
    return null;
  }
  const before: Record<string, unknown> = {};
  let { version } = order;
  for (const entry of await changesSince(reader, key, asOf)) {
    version = entry.version - 1;
    entry.changes.forEach(change => (before[change.field] = change.before));
  }
  const { items, shippingAddresses, shipments, ...columns } = before as Partial<OrderParts>;
  const past: PastParts = {
    ...(shippingAddresses && { shippingAddresses }),
    ...(shipments && { shipments }),
    ...(items && (await withAmounts(reader, key, items))),
  };
  return { ...order, ...columns, version, past };
}

async function changesSince(
  reader: Reader,
  key: string,
  asOf: Date,
): Promise<Pick<HistoryEntry, 'version' | 'changes'>[]> {
  const history = reader.table(HistoryEntry);
  const column = (name: keyof HistoryEntry) => history.column(name);
  // The first entry is the order's beginning, before which there is nothing to go back to.
  return reader.run(
    `select ${column('version')} as version, ${column('changes')} as changes from ${history.name}
     where ${column('subject')} = $1::uuid and ${column('at')} > $2::timestamptz and ${column('version')} > 1
     order by ${column('version')} desc`,
    [key, asOf],
  );
}

/** Past lines with the amounts that the database makes of them, by the same rule as for those of today. */
async function withAmounts(
  reader: Reader,
  order: string,
  items: PastItem[],
): Promise<{ items: Row<OrderItem>[]; totals: OrderTotals }> {
  const table = reader.table(OrderItem);
  const properties = Object.keys(items[0] ?? {}) as (keyof PastItem)[];
  const columns = properties.map(property => `${table.column(property)} ${table.type(property)}`).join(', ');
  const past = `select $2::uuid as ${table.column('order')}, given.*, ${lineAmounts.subtotal} as ${table.column('subtotal')},
      ${lineAmounts.tax} as ${table.column('tax')}, ${lineAmounts.total} as ${table.column('lineTotal')}
     from jsonb_to_recordset($1::jsonb) as given(${columns})`;
  const renamed = JSON.stringify(
    items.map(item =>
      Object.fromEntries(properties.map(property => [unquoted(table.column(property)), item[property]])),
    ),
  );
  const rows = await reader.run<Row<OrderItem>>(
    `select ${table.columns('t')} from (${past}) t order by t.${table.column('lineNumber')}`,
    [renamed, order],
  );
  const [totals] = await reader.run<OrderTotals>(`select ${sumOfLines(table, 't')} from (${past}) t`, [renamed, order]);
  return { items: rows, totals: totals! };
}

function unquoted(identifier: string): string {
  return identifier.slice(1, -1);
}
