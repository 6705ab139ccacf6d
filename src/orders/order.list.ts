import type { List } from '../database/list.js';
import { type Fulfilment, Order, OrderItem, type OrderStatus } from './order.entity.js';

/** What orders can be narrowed to, by keys and values as the database has them. */
export interface OrderConditions {
  status?: OrderStatus[] | undefined;
  store?: string | undefined;
  customer?: string | undefined;
  fulfilment?: Fulfilment | undefined;
  placedFrom?: Date | undefined;
  placedBefore?: Date | undefined;
}

/** All orders, by the time at which they were placed. */
export const orderList: List<Order, OrderConditions, 'PLACED_AT'> = {
  name: 'orders',
  entity: Order,
  sorts: { PLACED_AT: ['placedAt', 'id'] },
  narrow: (conditions, filter) => {
    conditions.oneOf('status', filter.status);
    conditions.equals('store', filter.store);
    conditions.equals('customer', filter.customer);
    conditions.equals('fulfilment', filter.fulfilment);
    conditions.from('placedAt', filter.placedFrom);
    conditions.before('placedAt', filter.placedBefore);
  },
};

/** All order items, in the order in which they were made. */
export const orderItemList: List<OrderItem, undefined, 'CREATED'> = {
  name: 'orderItems',
  entity: OrderItem,
  // Ids begin with the time at which they were made.
  sorts: { CREATED: ['id'] },
  narrow: () => {},
};
