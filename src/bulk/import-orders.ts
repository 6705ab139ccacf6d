import { telephoneKey } from '../customers/customer.entity.js';
import { emailKey } from '../email.js';
import { HistorySubject } from '../history/history-entry.entity.js';
import { addressList, stagedAddresses, writeAddresses } from './address-parts.js';
import { findClaims, idClaim } from './claims.js';
import { type ImportKind, staged, subjectColumns, type TableName } from './import-kind.js';
import { orderKeys, readOrder } from './read-order.js';

const table = 'import_orders';
const orders = staged(table);
const items = staged('import_items');
const addresses = staged('import_addresses');

/** What orders that are open take of each product, by the place that it comes from, where they are joined. */
const placeOf = `case o.fulfilment when 'PICK_UP' then o.store_id end`;
const openItems = `${orders} o join ${items} i on i.line = o.line where o.status in ('PENDING', 'IN_PROGRESS')`;
const demand = `select i.product_id, ${placeOf} as place, sum(i.quantity) as quantity from ${openItems} group by 1, 2`;

/** How orders are imported. Those that are open reserve goods, as a placement does. */
export const importOrders: ImportKind = {
  name: 'orders',
  subjects: { table, type: HistorySubject.ORDER },
  staging: [
    {
      name: table,
      columns: {
        ...subjectColumns,
        customer_id: 'uuid',
        email: 'text',
        telephone: 'text',
        placed_at: 'timestamptz(3)',
        status: 'text',
        cancel_reason: 'text',
        store: 'text',
        fulfilment: 'text',
        currency_code: 'text',
        billing_address_id: 'uuid',
      },
      filled: { owner_id: 'uuid', store_id: 'uuid' },
    },
    {
      name: 'import_items',
      columns: {
        line: 'int',
        id: 'uuid',
        order_id: 'uuid',
        line_number: 'int',
        sku: 'text',
        product_name: 'text',
        quantity: 'int',
        currency_decimals: 'smallint',
        unit_price: 'numeric',
        tax_rate: 'numeric',
      },
      filled: { product_id: 'uuid', product_currency: 'text' },
    },
    stagedAddresses,
    { name: 'import_shipping', columns: { line: 'int', order_id: 'uuid', address_id: 'uuid' } },
    { name: 'import_shipments', columns: { line: 'int', item_id: 'uuid', address_id: 'uuid', quantity: 'int' } },
  ],
  keys: orderKeys,
  read: readOrder,
  resolve: name => [
    ...resolveOwners(name),
    `update ${orders} o set store_id = s.id from ${name('stores')} s where s.name = o.store`,
    `update ${items} i set product_id = p.id, product_currency = p.currency_code, product_name = coalesce(i.product_name, p.name)
     from ${name('products')} p where p.sku = i.sku`,
    `analyze ${orders}, ${items}, ${addresses}, ${staged('import_shipping')}, ${staged('import_shipments')}`,
    // What the customer has for an address of the order serves the order too.
    `update ${addresses} a set stored_id = found.stored_id from (
       select distinct on (a.id) a.id, t.id as stored_id from ${addresses} a
       join ${orders} o on o.line = a.line
       join ${name('customer_addresses')} c on c.customer_id = o.owner_id
       join ${name('addresses')} t on t.id = c.address_id and (${addressList('t')}) = (${addressList('a')})
       order by a.id, t.id
     ) found where found.id = a.id`,
    // In the one order in which all lock levels, so that nobody waits for another in a circle.
    `select from ${name('stock_levels')} t join (${demand}) d
     on t.product_id = d.product_id and t.store_id is not distinct from d.place order by t.id for update of t`,
  ],
  problems: () => `
    select distinct on (line) line, code, value from (
      select o.line, 1 as rank, 'UNKNOWN_CUSTOMER' as code, coalesce('Customer_' || o.customer_id, o.email, o.telephone) as value
      from ${orders} o where o.owner_id is null
      union all
      select o.line, 2, 'UNKNOWN_STORE', o.store from ${orders} o where o.store is not null and o.store_id is null
      union all
      select i.line, 3, 'UNKNOWN_SKU', i.sku from ${items} i where i.product_id is null
      union all
      select i.line, 4, 'CURRENCY_MISMATCH', i.sku from ${items} i join ${orders} o on o.line = i.line
      where i.product_currency <> o.currency_code
    ) problems order by line, rank, value collate "C"`,
  claims: name =>
    findClaims([
      idClaim(name, table, 'orders', 'Order'),
      {
        code: 'DUPLICATE_ID',
        table: 'import_items',
        key: `'item ' || s.id`,
        value: `'OrderItem_' || s.id`,
        taken: `exists (select from ${name('order_items')} t where t.id = s.id)`,
      },
    ]),
  demands: name => `
    select o.line, i.product_id || ' ' || coalesce((${placeOf})::text, '') as place, i.sku as value,
      sum(i.quantity)::float8 as quantity, short.available
    from (
      select d.product_id, d.place, coalesce(t.on_hand - t.reserved, 0) as available from (${demand}) d
      left join ${name('stock_levels')} t on t.product_id = d.product_id and t.store_id is not distinct from d.place
      where d.quantity > coalesce(t.on_hand - t.reserved, 0)
    ) short
    join ${items} i on i.product_id = short.product_id
    join ${orders} o on o.line = i.line and ${placeOf} is not distinct from short.place
    where o.status in ('PENDING', 'IN_PROGRESS') group by 1, 2, 3, 5`,
  write: name => [
    writeAddresses(name),
    `insert into ${name('orders')} (id, customer_id, billing_address_id, store_id, fulfilment, status, placed_at,
       currency_code, cancel_reason)
     select o.id, o.owner_id, coalesce(a.stored_id, a.id), o.store_id, o.fulfilment, o.status, o.placed_at,
       o.currency_code, o.cancel_reason
     from ${orders} o join ${addresses} a on a.id = o.billing_address_id order by o.line`,
    `insert into ${name('order_items')} (id, order_id, line_number, product_id, product_name, quantity, currency_code,
       currency_decimals, unit_price, tax_rate)
     select i.id, i.order_id, i.line_number, i.product_id, i.product_name, i.quantity, i.product_currency,
       i.currency_decimals, i.unit_price, i.tax_rate
     from ${items} i order by i.line, i.line_number`,
    `insert into ${name('order_shipping_addresses')} (order_id, address_id)
     select s.order_id, coalesce(a.stored_id, a.id)
     from ${staged('import_shipping')} s join ${addresses} a on a.id = s.address_id order by s.line`,
    `insert into ${name('order_shipments')} (item_id, address_id, quantity)
     select s.item_id, coalesce(a.stored_id, a.id), s.quantity
     from ${staged('import_shipments')} s join ${addresses} a on a.id = s.address_id order by s.line`,
    `update ${name('stock_levels')} t set reserved = t.reserved + d.quantity from (${demand}) d
     where t.product_id = d.product_id and t.store_id is not distinct from d.place`,
  ],
};

/** The customers of orders, a duplicate's survivor for the duplicate, held so that nobody merges or erases them meanwhile. */
function resolveOwners(name: TableName): string[] {
  const set = `update ${orders} o set owner_id = coalesce(c.merged_into_id, c.id) from ${name('customers')} c`;
  return [
    `analyze ${orders}`,
    `${set} where c.id = o.customer_id`,
    `${set} where ${emailKey('c.email')} = ${emailKey('o.email')}`,
    `${set} where ${telephoneKey('c.telephone')} = ${telephoneKey('o.telephone')}`,
    `select from ${name('customers')} c where c.id in (select o.owner_id from ${orders} o) order by c.id for share`,
    // Somebody who was merged between the two statements is found again by this one.
    `update ${orders} o set owner_id = c.merged_into_id from ${name('customers')} c
     where c.id = o.owner_id and c.merged_into_id is not null`,
  ];
}
