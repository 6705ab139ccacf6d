import { Customer } from '../customers/customer.entity.js';
import { SortDirection } from '../database/list.js';
import type { Reader } from '../database/reader.js';
import type { Row } from '../database/row.js';
import { unknownTimeZone } from '../errors.js';
import { isTimeZone } from '../time-zone.js';
import { countsSql } from './counts-sql.js';
import { readInStoreHours } from './in-store-hours.js';
import { Figure } from './order-figure.entity.js';

/** Orders per zip code of the billing address. Equal counts are ordered by zip code, so that answers are stable. */
export function countsByBillingZip(
  reader: Reader,
  first: number,
  direction: SortDirection,
): Promise<{ zipCode: string; count: number }[]> {
  return countsByZip(reader, Figure.BILLING_ZIP, first, direction);
}

/** Orders per zip code of the shipping addresses; an order sent to two addresses of one zip code counts once there. */
export function countsByShippingZip(
  reader: Reader,
  first: number,
  direction: SortDirection,
): Promise<{ zipCode: string; count: number }[]> {
  return countsByZip(reader, Figure.SHIPPING_ZIP, first, direction);
}

function countsByZip(reader: Reader, figure: Figure, first: number, direction: SortDirection) {
  return reader.run<{ zipCode: string; count: number }>(
    `select key as "zipCode", count from (${countsSql(entity => reader.table(entity), '$1::text', '$2::int', direction)}) counts`,
    [figure, first],
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
  try {
    const hours = await readInStoreHours(reader, timeZone);
    const sign = direction === SortDirection.ASC ? 1 : -1;
    return hours.sort((a, b) => sign * (a[orderBy] - b[orderBy]) || a.hour - b.hour);
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
  const customers = reader.table(Customer);
  const rows = await reader.run<Row<Customer> & { orderCount: number }>(
    `select top.count as "orderCount", ${customers.columns('c')}
     from (${countsSql(entity => reader.table(entity), '$1::text', '$2::int', SortDirection.DESC)}) top
     join ${customers.name} c on c.${customers.column('id')} = top.key::uuid
     order by top.count desc, top.key`,
    [Figure.IN_STORE_CUSTOMER, first],
  );
  return rows.map(({ orderCount, ...customer }) => ({ orderCount, customer }));
}
