import { Customer } from '../customers/customer.entity.js';
import type { SortDirection } from '../database/list.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { unknownTimeZone } from '../errors.js';
import { isTimeZone } from '../time-zone.js';
import { Address } from '../addresses/address.entity.js';
import { Fulfilment, Order, OrderShippingAddress } from '../orders/order.entity.js';

/** Orders per zip code of the billing address. Equal counts are ordered by zip code, so that answers are stable. */
export function countsByBillingZip(
  reader: Reader,
  first: number,
  direction: SortDirection,
): Promise<{ zipCode: string; count: number }[]> {
  const [orders, addresses] = [reader.table(Order), reader.table(Address)];
  return reader.run(
    `select a.${addresses.column('zipCode')} as "zipCode", count(*)::int as count
     from ${orders.name} o join ${addresses.name} a on a.${addresses.column('id')} = o.${orders.column('billingAddress')}
     group by 1 order by 2 ${direction}, a.${addresses.column('zipCode')} collate "C" limit $1`,
    [first],
  );
}

/** Orders per zip code of the shipping addresses; an order sent to two addresses of one zip code counts once there. */
export function countsByShippingZip(
  reader: Reader,
  first: number,
  direction: SortDirection,
): Promise<{ zipCode: string; count: number }[]> {
  const [links, addresses] = [reader.table(OrderShippingAddress), reader.table(Address)];
  return reader.run(
    `select a.${addresses.column('zipCode')} as "zipCode", count(distinct l.${links.column('order')})::int as count
     from ${links.name} l join ${addresses.name} a on a.${addresses.column('id')} = l.${links.column('address')}
     group by 1 order by 2 ${direction}, a.${addresses.column('zipCode')} collate "C" limit $1`,
    [first],
  );
}

/**
 * In-store purchases per hour of the day in a time zone, hours without any left out.
 * @throws DomainError UNKNOWN_TIME_ZONE when there is no such zone
 */
export async function inStorePurchasesByHour(
  reader: Reader,
  timeZone: string,
  orderBy: 'hour' | 'count',
  direction: SortDirection,
): Promise<{ hour: number; count: number }[]> {
  if (!isTimeZone(timeZone)) {
    throw unknownTimeZone(timeZone);
  }
  const orders = reader.table(Order);
  const order = orderBy === 'hour' ? `1 ${direction}` : `2 ${direction}, 1`;
  try {
    return await reader.run(
      `select extract(hour from o.${orders.column('placedAt')} at time zone $1)::int as hour, count(*)::int as count
       from ${orders.name} o where o.${orders.column('fulfilment')} = $2 group by 1 order by ${order}`,
      [timeZone, Fulfilment.PICK_UP],
    );
  } catch (error) {
    // The server's own list of zones may be older than ours.
    throw (error as { code?: string }).code === '22023' ? unknownTimeZone(timeZone) : error;
  }
}

/** The customers with the most in-store purchases; of equal ones, those known longer first. */
export async function topInStoreCustomers(
  reader: Reader,
  first: number,
): Promise<{ customer: Row<Customer>; orderCount: number }[]> {
  const [orders, customers] = [reader.table(Order), reader.table(Customer)];
  const owner = orders.column('customer');
  const rows = await reader.run<Row<Customer> & { orderCount: number }>(
    `select top."orderCount", ${customers.columns('c')}
     from (select ${owner} as id, count(*)::int as "orderCount" from ${orders.name}
           where ${orders.column('fulfilment')} = $1 group by 1 order by 2 desc, 1 limit $2) top
     join ${customers.name} c on c.${customers.column('id')} = top.id
     order by top."orderCount" desc, top.id`,
    [Fulfilment.PICK_UP, first],
  );
  return rows.map(({ orderCount, ...customer }) => ({ orderCount, customer }));
}
