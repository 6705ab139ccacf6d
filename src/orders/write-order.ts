import type { EntityClass } from '@mikro-orm/core';
import { insertRows } from '../database/insert-rows.js';
import type { Loaders } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistoryEntry, HistorySubject } from '../history/history-entry.entity.js';
import { entryOfNew } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { Order, OrderItem, OrderShipment, OrderShippingAddress } from './order.entity.js';
import { itemsOfOrder, orderById, type OrderTotals, sumOfLines, totalsOfOrder } from './order.loaders.js';
import { type OrderParts, partsOf } from './order-parts.js';

/** An order as it was written. */
export interface WrittenOrder {
  order: Row<Order>;
  items: Row<OrderItem>[];
  totals: OrderTotals;
}

/**
 * Writes a new order with its lines, its addresses and its entry of the history, all by one statement. The unit of work would
 * send a statement for each table and cost the server several times as much.
 */
export async function writeOrder(
  transaction: Transaction,
  order: Row<Order>,
  { items, shippingAddresses, shipments }: OrderParts,
): Promise<WrittenOrder> {
  const { reader } = transaction;
  const after = { ...snapshotOf(transaction, order, Order), ...partsOf(items, shippingAddresses, shipments) };
  const entry = entryOfNew(transaction, HistorySubject.ORDER, order, HistoryAction.PLACED, after);
  const lines = items.map(item => ({ ...item, order: order.id }));
  const links = shippingAddresses.map(address => ({ order: order.id, address }));
  const inserts = [
    [Order, [order]],
    [OrderItem, lines],
    [OrderShippingAddress, links],
    [OrderShipment, shipments],
    [HistoryEntry, [entry]],
  ] satisfies [EntityClass<object>, object[]][];
  const present = inserts.filter(([, rows]) => rows.length > 0);
  const parts = present.map(([entity, rows], index) => {
    const insert = insertRows(reader.table(entity), Object.keys(rows[0]!), index + 1);
    return entity === OrderItem ? `lines as (${insert} returning *)` : `written${index} as (${insert})`;
  });
  const table = reader.table(OrderItem);
  const rows = await reader.run<Row<OrderItem> & { sums: OrderTotals }>(
    `with ${parts.join(', ')}, sums as (select ${sumOfLines(table, 't')} from lines t)
     select ${table.columns('l')}, (select json_build_object('subtotal', subtotal::text, 'tax', tax::text, 'total', total::text) from sums) as sums
     from lines l order by l.${table.column('lineNumber')}`,
    present.map(([, values]) => JSON.stringify(values)),
  );
  const { sums } = rows[0]!;
  return { order, items: rows.map(({ sums: _, ...item }) => item as unknown as Row<OrderItem>), totals: sums };
}

/** Has a request answer with an order as it was written, instead of reading it again. */
export function keepOrder(loaders: Loaders, { order, items, totals }: WrittenOrder): void {
  loaders.keep(orderById, order.id, order);
  loaders.keep(itemsOfOrder, order.id, items);
  loaders.keep(totalsOfOrder, order.id, totals);
}
