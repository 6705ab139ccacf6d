import { addressList, addressOrder, selectAddress } from './address-parts.js';
import type { BulkKind } from './bulk-kind.js';
import type { TableName } from './import-kind.js';

/** Queries that give one object a row, its columns being the keys of the format in their order. */
export const exportQueries: Record<BulkKind, (table: TableName) => string> = {
  stores: table => `
    select 'Store_' || s.id as id, s.name, s.state, ${objectOf(`select ${selectAddress('a')}`)} as address
    from ${table('stores')} s join ${table('addresses')} a on a.id = s.address_id order by s.id`,

  products: table => `
    select 'Product_' || p.id as id, p.sku, p.name, p.description, p.price::text as price,
      p.currency_code as "currencyCode", p.tax_rate::text as "taxRate", p.state,
      ${listOf(`select s.name as store, l.on_hand as "onHand"
        from ${table('stock_levels')} l left join ${table('stores')} s on s.id = l.store_id
        where l.product_id = p.id order by s.name collate "C" nulls first`)} as stock
    from ${table('products')} p order by p.id`,

  // Duplicates come last, so that an import knows the customers whose duplicates they are.
  customers: table => `
    select 'Customer_' || c.id as id, c.email, c.telephone, c.first_name as "firstName", c.last_name as "lastName",
      'Customer_' || c.merged_into_id as "mergedInto", ${instant('c.erased_at')} as "erasedAt",
      ${listOf(`select l.kind, ${selectAddress('a')}
        from ${table('customer_addresses')} l join ${table('addresses')} a on a.id = l.address_id
        where l.customer_id = c.id group by l.kind, ${addressList('a')} order by l.kind collate "C", ${addressOrder('a')}`)}
        as addresses
    from ${table('customers')} c order by c.merged_into_id is not null, c.id`,

  orders: table => `
    select 'Order_' || o.id as id, 'Customer_' || o.customer_id as customer, ${instant('o.placed_at')} as "placedAt",
      o.status, o.cancel_reason as "cancelReason", s.name as store, o.fulfilment, o.currency_code as "currencyCode",
      ${objectOf(`select ${selectAddress('b')}`)} as "billingAddress",
      ${listOf(shippingAddressesOf(table))} as "shippingAddresses",
      ${listOf(`select 'OrderItem_' || i.id as id, p.sku, i.product_name as "productName", i.quantity,
          i.unit_price::text as "unitPrice", i.tax_rate::text as "taxRate"
        from ${table('order_items')} i join ${table('products')} p on p.id = i.product_id
        where i.order_id = o.id order by i.line_number`)} as items
    from ${table('orders')} o
    join ${table('addresses')} b on b.id = o.billing_address_id
    left join ${table('stores')} s on s.id = o.store_id order by o.id`,
};

/**
 * Where an order is sent, and what of it. Addresses that say the same are one: an erasure leaves of each no more than its
 * zip code and country. Lines are counted anew, since a number may be missing where a line was taken out.
 */
function shippingAddressesOf(table: TableName): string {
  return `select ${selectAddress('g')}, (
      select array_to_json(array_agg(row_to_json(h) order by h.line)) from (
        select n.line, sum(h.quantity) as quantity
        from (select i.id, row_number() over (order by i.line_number) as line
              from ${table('order_items')} i where i.order_id = o.id) n
        join ${table('order_shipments')} h on h.item_id = n.id and h.address_id = any(g.ids) group by n.line
      ) h
    ) as items
    from (
      select ${addressList('a')}, array_agg(a.id) as ids
      from ${table('order_shipping_addresses')} l join ${table('addresses')} a on a.id = l.address_id
      where l.order_id = o.id group by ${addressList('a')}
    ) g order by ${addressOrder('g')}`;
}

/** A row as a JSON object, without blanks. */
function objectOf(query: string): string {
  return `(select row_to_json(r) from (${query}) r)`;
}

/** Rows as a JSON list, without blanks. */
function listOf(query: string): string {
  return `array_to_json(array(select row_to_json(r) from (${query}) r))`;
}

function instant(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
