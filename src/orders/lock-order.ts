import type { Transaction } from '../database/transactions.js';
import { lockForChange } from '../lock-for-change.js';
import { ProblemCode } from '../problems.js';
import type { Pieces, Place } from '../stock/reserve-stock.js';
import { Fulfilment, Order, OrderItem } from './order.entity.js';

/**
 * An order to be changed, locked until the end of the transaction.
 * @throws RefusedInput UNKNOWN_ORDER or VERSION_CONFLICT
 */
export function lockOrder(transaction: Transaction, key: string, expectedVersion: number | undefined): Promise<Order> {
  return lockForChange(transaction, Order, key, expectedVersion, ProblemCode.UNKNOWN_ORDER);
}

/** An order's lines, in their order. */
export function itemsOf({ em }: Transaction, order: Order): Promise<OrderItem[]> {
  return em.find(OrderItem, { order }, { orderBy: { lineNumber: 'asc' } });
}

/** The place that an order's goods lie in: the store where they are picked up, or the warehouse that ships them. */
export function placeOf(order: Pick<Order, 'fulfilment' | 'store'>): Place {
  return order.fulfilment === Fulfilment.PICK_UP ? order.store!.id : null;
}

/** The pieces that lines hold together, each product once. */
export function piecesOf(items: readonly { product: string; quantity: number }[]): Pieces[] {
  const pieces = new Map<string, number>();
  items.forEach(({ product, quantity }) => pieces.set(product, (pieces.get(product) ?? 0) + quantity));
  return Array.from(pieces, ([product, quantity]) => ({ product, quantity }));
}
