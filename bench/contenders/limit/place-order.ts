import { newId } from '../../../src/database/new-id.js';

/** An order as the API's mutation takes it, of the form that is measured: one address, products by id, shipped. */
export interface Placement {
  customer: { id: string };
  currencyCode: string;
  items: { productId: string; quantity: number }[];
  billingAddress: { addressId: string };
}

/**
 * Places an order by one statement, with all that the API's mutation leaves in the database and none of its messages: the
 * customer locked, products that are sold in this currency at today's price, an address of the customer's, stock reserved
 * in the order of its keys, the entry of the history. It places nothing when anything of that is missing.
 */
export const placeOrder = `with wanted as (
    select * from unnest($1::uuid[], $2::int[], $3::uuid[]) with ordinality as w(product_id, quantity, item_id, line)),
  sold as materialized (
    select w.*, p.name, p.price, p.tax_rate from wanted w
    join products p on p.id = w.product_id and p.state = 'ACTIVE' and p.currency_code = $4),
  customer as materialized (
    select id from customers where id = $5::uuid and merged_into_id is null and erased_at is null for update),
  levels as materialized (
    select s.id, w.quantity from stock_levels s join wanted w on w.product_id = s.product_id
    where s.store_id is null and s.on_hand - s.reserved >= w.quantity order by s.id for update of s),
  possible as materialized (
    select from customer where (select count(*) from sold) = (select count(*) from wanted)
      and (select count(*) from levels) = (select count(*) from wanted)
      and exists (select from customer_addresses where customer_id = $5::uuid and address_id = $6::uuid)),
  reserved as (
    update stock_levels s set reserved = s.reserved + l.quantity from levels l, possible where s.id = l.id),
  placed as (
    insert into orders (id, customer_id, billing_address_id, fulfilment, placed_at, currency_code)
    select $7::uuid, $5, $6, 'SHIPPED', now(), $4 from possible returning *),
  lines as (
    insert into order_items (id, order_id, line_number, product_id, product_name, quantity, currency_code,
      currency_decimals, unit_price, tax_rate)
    select item_id, $7, line, product_id, name, quantity, $4, 2, price, tax_rate from sold, possible returning *),
  links as (insert into order_shipping_addresses (order_id, address_id) select $7, $6 from possible),
  entry as (
    insert into history (id, subject_type, subject, version, actor, action, changes)
    select $8, 'ORDER', id, 1, 'limit', 'PLACED', jsonb_build_array(
      jsonb_build_object('field', 'customer', 'before', null, 'after', customer_id),
      jsonb_build_object('field', 'billingAddress', 'before', null, 'after', billing_address_id),
      jsonb_build_object('field', 'fulfilment', 'before', null, 'after', fulfilment),
      jsonb_build_object('field', 'status', 'before', null, 'after', status),
      jsonb_build_object('field', 'placedAt', 'before', null,
        'after', to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
      jsonb_build_object('field', 'currencyCode', 'before', null, 'after', currency_code),
      jsonb_build_object('field', 'items', 'before', null, 'after', (select jsonb_agg(jsonb_build_object('id', item_id,
        'lineNumber', line, 'product', product_id, 'productName', name, 'quantity', quantity, 'unitPrice', price::text,
        'taxRate', tax_rate::text, 'currencyCode', $4::text, 'currencyDecimals', 2) order by line) from sold)),
      jsonb_build_object('field', 'shippingAddresses', 'before', null, 'after', array[billing_address_id]),
      jsonb_build_object('field', 'shipments', 'before', null, 'after', '[]'::jsonb))
    from placed)
  select row_to_json(data)::text from (select (select row_to_json(payload) from (
    select (select row_to_json(o) from (select 'Order_' || id as id, status, version,
        (select json_agg(row_to_json(i)) from (
          select product_name as "productName", quantity,
            json_build_object('amount', line_total::text, 'currencyCode', currency_code) as "lineTotal"
          from lines order by line_number) i) as items,
        (select json_build_object('amount', sum(line_total)::text, 'currencyCode', $4::text) from lines) as total
      from placed) o) as "order", '[]'::json as "userErrors") payload) as "placeOrder") data`;

/** The values of its parameters. */
export function valuesOfPlacement({ customer, currencyCode, items, billingAddress }: Placement): unknown[] {
  return [
    items.map(({ productId }) => keyOf(productId)),
    items.map(({ quantity }) => quantity),
    items.map(() => newId()),
    currencyCode,
    keyOf(customer.id),
    keyOf(billingAddress.addressId),
    newId(),
    newId(),
  ];
}

/** The key in an id of the API. */
export function keyOf(id: unknown): string {
  return (id as string).slice((id as string).indexOf('_') + 1);
}
