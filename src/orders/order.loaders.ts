import { Address } from '../addresses/address.entity.js';
import { pagesPointingTo } from '../database/list.js';
import { type Batch, groupByKey, rowByKey, rowsPointingTo } from '../database/loaders.js';
import type { Row } from '../database/row.js';
import type { Table } from '../database/table.js';
import { Order, OrderItem, OrderShipment, OrderShippingAddress } from './order.entity.js';
import { orderItemList, orderList } from './order.list.js';
import type { PastShipment } from './order-parts.js';

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

/** What an order costs, as decimals in text. */
export interface OrderTotals {
  subtotal: string;
  tax: string;
  total: string;
}

/** What an order's items cost together. */
export const totalsOfOrder: Batch<string, OrderTotals> = async (reader, keys) => {
  const items = reader.table(OrderItem);
  const order = `t.${items.column('order')}`;
  const rows = await reader.run<OrderTotals & { key: string }>(
    `select ${order} as key, ${sumOfLines(items, 't')} from ${items.name} t where ${order} = any($1::uuid[]) group by ${order}`,
    [keys],
  );
  const totals = new Map(rows.map(({ key, ...sums }) => [key, sums]));
  return keys.map(key => totals.get(key) ?? { subtotal: '0', tax: '0', total: '0' });
};

/** The sums of lines, as a select list: sums of amounts that are rounded already, so they need no rounding. */
export function sumOfLines(items: Table, alias: string): string {
  const sum = (property: keyof OrderItem) => `sum(${alias}.${items.column(property)})`;
  return `${sum('subtotal')} as subtotal, ${sum('tax')} as tax, ${sum('lineTotal')} as total`;
}

/** The parts of an order that go to each of its addresses, for an order that is split. */
export const shipmentsOfOrder: Batch<string, PastShipment[]> = async (reader, keys) => {
  const [items, shipments] = [reader.table(OrderItem), reader.table(OrderShipment)];
  const rows = await reader.run<PastShipment & { order: string }>(
    `select i.${items.column('order')} as order, s.${shipments.column('item')} as item,
       s.${shipments.column('address')} as address, s.${shipments.column('quantity')} as quantity
     from ${items.name} i join ${shipments.name} s on s.${shipments.column('item')} = i.${items.column('id')}
     where i.${items.column('order')} = any($1::uuid[])
     order by i.${items.column('lineNumber')}, s.${shipments.column('address')}`,
    [keys],
  );
  return groupByKey(rows, row => row.order, keys);
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
