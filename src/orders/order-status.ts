import { ProblemCode, refused } from '../problems.js';
import { type Order, OrderStatus } from './order.entity.js';

/** The statuses that may follow each. */
const next: Record<OrderStatus, readonly OrderStatus[]> = {
  [OrderStatus.PENDING]: [OrderStatus.IN_PROGRESS, OrderStatus.CANCELLED],
  [OrderStatus.IN_PROGRESS]: [OrderStatus.COMPLETED, OrderStatus.CANCELLED],
  [OrderStatus.COMPLETED]: [],
  [OrderStatus.CANCELLED]: [],
};

/**
 * Refuses a step that an order cannot take.
 * @throws RefusedInput ILLEGAL_TRANSITION naming both statuses and what can be done
 */
export function checkTransition(order: Order, to: OrderStatus): void {
  if (!next[order.status].includes(to)) {
    const possible = next[order.status].join(' or ');
    const remedy = possible ? `it can become ${possible}` : 'it stays so';
    throw refused(
      ProblemCode.ILLEGAL_TRANSITION,
      null,
      `The order is ${order.status} and cannot become ${to}; ${remedy}.`,
      order.id,
    );
  }
}

/**
 * Refuses to change what an order holds once somebody works on it.
 * @throws RefusedInput ILLEGAL_TRANSITION naming both statuses
 */
export function checkPending(order: Order): void {
  if (order.status !== OrderStatus.PENDING) {
    const message = `The order is ${order.status}, and its items can be changed only while it is ${OrderStatus.PENDING}; cancel it, if it can be, and place another.`;
    throw refused(ProblemCode.ILLEGAL_TRANSITION, null, message, order.id);
  }
}
