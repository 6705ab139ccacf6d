import { connectionType } from '../graphql/paging.js';
import { Order, OrderItem } from './order.entity.js';

/** A page of orders, of all or of one customer or store. */
export const OrderConnection = connectionType(Order, 'Order');

/** A page of order items. */
export const OrderItemConnection = connectionType(OrderItem, 'OrderItem');
