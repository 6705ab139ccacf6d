import type { QueryName, Values } from '../../queries.js';
import { keyOf, placeOrder, type Placement, valuesOfPlacement } from './place-order.js';

/** One statement that makes the whole answer of a query as text, and the values of its parameters. */
export interface Statement {
  text: string;
  values: (variables: Values) => unknown[];
  /** Makes the answer of rows, where that is faster: of flat ones PostgreSQL writes JSON slower than Node does. */
  answer?: (rows: readonly (string | null)[][]) => string;
}

/** An amount as text, so that no client rounds it. Neither of the two needs to be escaped, and to join texts is the fastest. */
const money = (amount: string, owner: string) =>
  `('{"amount":"' || ${amount} || '","currencyCode":"' || ${owner}.currency_code || '"}')::json`;

const address = (condition: string, from = 'addresses a') =>
  `select 'Address_' || a.id as id, a.line1, a.line2, a.city, a.state, a.zip_code as "zipCode",
     (select row_to_json(c) from (
       select c.iso2_code as "iso2Code", c.name from platform.countries c where c.iso2_code = a.country_code) c) as country
   from ${from} where ${condition}`;

/** A cursor of the list of orders: the list's name and the sorted values, as base64 for URLs. */
const cursor = `translate(encode(convert_to('["orders.PLACED_AT","'
  || to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","' || id || '"]',
  'UTF8'), 'base64'), E'+/=\\n', '-_')`;

/** A page of orders of which one row more was read, with the place where it ends. */
const pageInfo = (size: number) =>
  `(select row_to_json(p) from (
     select (select count(*) > ${size} from page) as "hasNextPage",
       (select ${cursor} from page offset least(${size}, (select count(*) from page)) - 1 limit 1) as "endCursor") p)`;

/** The values of a cursor, without the list's name. */
function placeOf(after: unknown): unknown[] {
  return (JSON.parse(Buffer.from(after as string, 'base64url').toString()) as unknown[]).slice(1);
}

export const statements: Record<QueryName, Statement> = {
  Q1: {
    text: `with page as materialized (select * from orders order by placed_at desc, id desc limit 51)
      select row_to_json(data)::text from (select (select row_to_json(orders) from (select
        (select coalesce(json_agg(node), '[]') from (
          select 'Order_' || o.id as id, o.status, o.placed_at as "placedAt", o.fulfilment,
            (select row_to_json(c) from (
              select 'Customer_' || c.id as id, c.first_name as "firstName", c.last_name as "lastName", c.email
              from customers c where c.id = o.customer_id) c) as customer,
            (select row_to_json(s) from (select 'Store_' || s.id as id, s.name from stores s where s.id = o.store_id) s) as store,
            (select row_to_json(a) from (${address('a.id = o.billing_address_id')}) a) as "billingAddress",
            (select coalesce(json_agg(a), '[]') from (
              ${address('l.order_id = o.id', 'order_shipping_addresses l join addresses a on a.id = l.address_id')}
              order by a.id) a) as "shippingAddresses",
            (select coalesce(json_agg(i), '[]') from (
              select 'OrderItem_' || i.id as id, i.line_number as "lineNumber", i.product_name as "productName", i.quantity,
                ${money('i.unit_price', 'i')} as "unitPrice", ${money('i.line_total', 'i')} as "lineTotal",
                (select row_to_json(p) from (
                  select 'Product_' || p.id as id, p.sku, p.name, ${money('p.price', 'p')} as price
                  from products p where p.id = i.product_id) p) as product
              from order_items i where i.order_id = o.id order by i.line_number) i) as items
          from (select * from page limit 50) o) node) as nodes,
        ${pageInfo(50)} as "pageInfo") orders) as orders) data`,
    values: () => [],
  },
  Q2: {
    text: `select row_to_json(data)::text from (select (select row_to_json(customer) from (
        select 'Customer_' || c.id as id, c.first_name as "firstName", c.last_name as "lastName", c.email, c.telephone,
          (select row_to_json(orders) from (select (select coalesce(json_agg(node), '[]') from (
            select 'Order_' || o.id as id, o.status, o.placed_at as "placedAt",
              (select coalesce(json_agg(i), '[]') from (
                select 'OrderItem_' || i.id as id, i.line_number as "lineNumber", i.product_name as "productName", i.quantity,
                  ${money('i.unit_price', 'i')} as "unitPrice", ${money('i.line_total', 'i')} as "lineTotal"
                from order_items i where i.order_id = o.id order by i.line_number) i) as items
            from (select * from orders o where o.customer_id = c.id order by o.placed_at desc, o.id desc limit 10) o
          ) node) as nodes) orders) as orders
        from customers c where lower(c.email collate "und-x-icu") = lower($1 collate "und-x-icu")
      ) customer) as "customerByContact") data`,
    values: ({ email }) => [email],
  },
  Q3: {
    text: `select id, first_name, last_name, email, telephone from customers
      where merged_into_id is null and id > $1::uuid order by id limit 101`,
    values: ({ after }) => (after ? placeOf(after) : ['00000000-0000-0000-0000-000000000000']),
    answer: rows => {
      const shown = rows.slice(0, 100);
      const nodes = shown.map(([id, firstName, lastName, email, telephone]) => ({
        id: `Customer_${id}`,
        firstName,
        lastName,
        email,
        telephone,
      }));
      const last = JSON.stringify(['customers.CREATED', shown.at(-1)?.[0]]);
      const pageInfo = { hasNextPage: rows.length > 100, endCursor: Buffer.from(last).toString('base64url') };
      return JSON.stringify({ customers: { nodes, pageInfo } });
    },
  },
  Q4: {
    text: `select '{"order":{"id":"Order_' || id || '","status":"' || status || '","placedAt":' || to_json(placed_at) ||
        ',"fulfilment":"' || fulfilment || '","cancelReason":' || coalesce(to_json(cancel_reason)::text, 'null') ||
        ',"version":' || version || '}}'
      from orders where id = $1`,
    values: ({ id }) => [keyOf(id)],
  },
  Q6: {
    text: `with page as materialized (
        select * from orders where store_id = $1 and (placed_at, id) < ($2::timestamptz, $3::uuid)
        order by placed_at desc, id desc limit 21)
      select row_to_json(data)::text from (select (select row_to_json(orders) from (select
        (select count(*) from orders where store_id = $1) as "totalCount",
        (select coalesce(json_agg(node), '[]') from (
          select 'Order_' || o.id as id, o.status, o.placed_at as "placedAt", o.fulfilment,
            (select row_to_json(c) from (
              select 'Customer_' || c.id as id, c.first_name as "firstName", c.last_name as "lastName"
              from customers c where c.id = o.customer_id) c) as customer,
            (select coalesce(json_agg(i), '[]') from (
              select 'OrderItem_' || i.id as id, i.line_number as "lineNumber", i.product_name as "productName", i.quantity,
                ${money('i.line_total', 'i')} as "lineTotal"
              from order_items i where i.order_id = o.id order by i.line_number) i) as items
          from (select * from page limit 20) o) node) as nodes,
        ${pageInfo(20)} as "pageInfo") orders) as orders) data`,
    values: ({ storeId, after }) => [
      keyOf(storeId),
      ...(after ? placeOf(after) : ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']),
    ],
  },
  Q5: {
    text: `select row_to_json(data)::text from (select (select row_to_json(figures) from (select
        (select json_agg(f) from (
          select a.zip_code as "zipCode", count(*)::int as count from orders o join addresses a on a.id = o.billing_address_id
          group by 1 order by 2 desc, a.zip_code collate "C" limit 10) f) as "countsByBillingZip",
        (select json_agg(f) from (
          select a.zip_code as "zipCode", count(distinct l.order_id)::int as count
          from order_shipping_addresses l join addresses a on a.id = l.address_id
          group by 1 order by 2 desc, a.zip_code collate "C" limit 10) f) as "countsByShippingZip",
        (select coalesce(json_agg(f), '[]') from (
          select extract(hour from placed_at at time zone $1)::int as hour, count(*)::int as count
          from orders where fulfilment = 'PICK_UP' group by 1 order by 1) f) as "inStorePurchasesByHour",
        (select coalesce(json_agg(f), '[]') from (
          select (select row_to_json(c) from (
              select 'Customer_' || c.id as id, c.first_name as "firstName", c.last_name as "lastName"
              from customers c where c.id = top.id) c) as customer, "orderCount"
          from (select customer_id as id, count(*)::int as "orderCount" from orders where fulfilment = 'PICK_UP'
                group by 1 order by 2 desc, 1 limit 5) top) f) as "topInStoreCustomers"
      ) figures) as "orderStatistics") data`,
    values: ({ timeZone }) => [timeZone],
  },
  M1: { text: placeOrder, values: ({ input }) => valuesOfPlacement(input as Placement) },
};
