import type pg from 'pg';

const effects = `
  select to_jsonb(o) as "order",
    (select jsonb_agg(to_jsonb(i) order by line_number) from order_items i where i.order_id = o.id) as items,
    (select jsonb_agg(address_id order by address_id) from order_shipping_addresses where order_id = o.id) as addresses,
    (select jsonb_agg(to_jsonb(h)) from history h where h.subject = o.id) as history
  from orders o where o.id = $1`;

/** What each placement has of its own. */
const own = ['id', 'order_id', 'subject', 'at', 'placed_at', 'placedAt', 'actor', 'user_id'];

/** Does a placement and gives all that it did, without what each has of its own. */
export async function placementWithEffects(database: pg.Client, place: () => Promise<unknown>): Promise<unknown> {
  const before = await reserved(database);
  const answer = await place();
  const { placeOrder } = answer as { placeOrder: { order: { id: string } } };
  const { rows } = await database.query<object>(effects, [placeOrder.order.id.replace('Order_', '')]);
  return withoutOwn({ answer, reserved: (await reserved(database)) - before, ...rows[0] });
}

async function reserved(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ reserved: number }>(
    'select sum(reserved)::int as reserved from stock_levels',
  );
  return rows[0]!.reserved;
}

function withoutOwn(value: unknown): unknown {
  if (Array.isArray(value)) {
    // An entry of the history says of a column what it was and is; its moment is the placement's own.
    return value.filter(inner => (inner as { field?: string } | null)?.field !== 'placedAt').map(withoutOwn);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !own.includes(name))
      .map(([name, inner]) => [name, withoutOwn(inner)]),
  );
}
