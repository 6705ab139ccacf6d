import type pg from 'pg';

const piecesInPlace = 10_000;

/**
 * Fills the warehouse and every store with every product: set-based, since the rows follow from what was loaded. Orders
 * that are open hold their pieces. The ids are hashes of the places, so that the same load gives the same rows.
 */
export async function loadStock(client: pg.Client, schema: string): Promise<number> {
  const name = (table: string) => `${client.escapeIdentifier(schema)}.${table}`;
  const { rowCount } = await client.query(
    `insert into ${name('stock_levels')} (id, product_id, store_id, on_hand, reserved)
     select md5(place.product_id::text || coalesce(place.store_id::text, 'warehouse'))::uuid, place.product_id, place.store_id,
       $1::int + coalesce(open.quantity, 0), coalesce(open.quantity, 0)
     from (select p.id as product_id, s.id as store_id from ${name('products')} p
           cross join (select id from ${name('stores')} union all select null) s) place
     left join (
       select i.product_id, case o.fulfilment when 'PICK_UP' then o.store_id end as store_id, sum(i.quantity) as quantity
       from ${name('orders')} o join ${name('order_items')} i on i.order_id = o.id
       where o.status in ('PENDING', 'IN_PROGRESS') group by 1, 2
     ) open on open.product_id = place.product_id and open.store_id is not distinct from place.store_id
     on conflict (product_id, store_id) do nothing`,
    [piecesInPlace],
  );
  return rowCount ?? 0;
}
