import { Address } from '../addresses/address.entity.js';
import { pagesPointingTo } from '../database/list.js';
import { type Batch, groupByKey, rowByKey, rowsPointingTo } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import { Order, OrderItem, OrderShippingAddress } from './order.entity.js';
import { orderItemList, orderList } from './order.list.js';

/** An order by its key. */
export const orderById = rowByKey(Order);

/** An order item by its key. */
export const orderItemById = rowByKey(OrderItem);

/** An order's items, in the order of their lines. */
export const itemsOfOrder = rowsPointingTo(OrderItem, 'order', 'lineNumber');

/** A page of a customer's orders. */
export const ordersOfCustomer = pagesPointingTo(orderList, 'customer');

/** A page of a store's orders. */
export const ordersOfStore = pagesPointingTo(orderList, 'store');

/** A page of a product's order items. */
export const orderItemsOfProduct = pagesPointingTo(orderItemList, 'product');

/** What an order's items cost together, as a decimal in text. */
export const totalOfOrder: Batch<string, string> = async (reader, keys) => {
  const items = reader.table(OrderItem);
  const order = items.column('order');
  const rows = await reader.run<{ key: string; total: string }>(
    `select ${order} as key, sum(${items.column('lineTotal')}) as total from ${items.name}
     where ${order} = any($1::uuid[]) group by ${order}`,
    [keys],
  );
  const totals = new Map(rows.map(({ key, total }) => [key, total]));
  return keys.map(key => totals.get(key) ?? '0');
};

/** The addresses that an order is sent to, oldest first; none for an in-store purchase. */
export const shippingAddressesOfOrder: Batch<string, Row<Address>[]> = async (reader, keys) => {
  const [addresses, links] = [reader.table(Address), reader.table(OrderShippingAddress)];
  const rows = await reader.run<Row<Address> & { owner: string }>(
    `select l.${links.column('order')} as owner, ${addresses.columns('t')}
     from ${links.name} l join ${addresses.name} t on t.${addresses.column('id')} = l.${links.column('address')}
     where l.${links.column('order')} = any($1::uuid[]) order by t.${addresses.column('id')}`,
    [keys],
  );
  return groupByKey(rows, row => row.owner, keys);
};
