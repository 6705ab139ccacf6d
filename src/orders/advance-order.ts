import type { Transaction } from '../database/transactions.js';
import { HistoryAction, HistorySubject } from '../history/history-entry.entity.js';
import { recordChange } from '../history/record-change.js';
import { snapshotOf } from '../history/snapshot.js';
import { Problems } from '../problems.js';
import { reserveStock, takeStock } from '../stock/reserve-stock.js';
import { checkText, maxLongText } from '../input-checks.js';
import { itemsOf, lockOrder, piecesOf, placeOf } from './lock-order.js';
import { type Order, OrderStatus } from './order.entity.js';
import { checkTransition } from './order-status.js';

/**
 * Begins the work on an order that is PENDING.
 * @throws RefusedInput UNKNOWN_ORDER, VERSION_CONFLICT or ILLEGAL_TRANSITION
 */
export async function startOrder(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const order = await lockOrder(transaction, key, expectedVersion);
  checkTransition(order, OrderStatus.IN_PROGRESS);
  advance(transaction, order, OrderStatus.IN_PROGRESS, HistoryAction.STARTED);
  return key;
}

/**
 * Completes an order that is IN_PROGRESS: the customer has the goods, which no longer lie where they were reserved.
 * @throws RefusedInput UNKNOWN_ORDER, VERSION_CONFLICT or ILLEGAL_TRANSITION
 */
export async function completeOrder(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
): Promise<string> {
  const order = await lockOrder(transaction, key, expectedVersion);
  checkTransition(order, OrderStatus.COMPLETED);
  advance(transaction, order, OrderStatus.COMPLETED, HistoryAction.COMPLETED);
  await transaction.em.flush();
  await takeStock(transaction, placeOf(order), await reservedPieces(transaction, order));
  return key;
}

/**
 * Cancels an order that is not completed, and gives back what it had reserved.
 * @throws RefusedInput UNKNOWN_ORDER, VERSION_CONFLICT, ILLEGAL_TRANSITION, REQUIRED or TOO_LONG
 */
export async function cancelOrder(
  transaction: Transaction,
  key: string,
  expectedVersion: number | undefined,
  reason: string,
): Promise<string> {
  const order = await lockOrder(transaction, key, expectedVersion);
  checkTransition(order, OrderStatus.CANCELLED);
  const problems = new Problems();
  const cancelReason = checkText(problems, 'reason', reason, { max: maxLongText })!;
  problems.throwIfAny(key);
  advance(transaction, order, OrderStatus.CANCELLED, HistoryAction.CANCELLED, { cancelReason });
  await transaction.em.flush();
  const pieces = await reservedPieces(transaction, order);
  const released = pieces.map(({ product, quantity }) => ({ product, quantity: -quantity }));
  const refused = await reserveStock(transaction, placeOf(order), released);
  if (refused.length > 0) {
    throw new Error(`The stock levels of ${refused.join(', ')} hold less than order ${key} has reserved.`);
  }
  return key;
}

function advance(
  transaction: Transaction,
  order: Order,
  status: OrderStatus,
  action: HistoryAction,
  values: Partial<Order> = {},
): void {
  const before = snapshotOf(transaction, order);
  Object.assign(order, { status, ...values });
  recordChange(transaction, HistorySubject.ORDER, order, action, before);
}

async function reservedPieces(transaction: Transaction, order: Order) {
  const items = await itemsOf(transaction, order);
  return piecesOf(items.map(({ product, quantity }) => ({ product: product.id, quantity })));
}
