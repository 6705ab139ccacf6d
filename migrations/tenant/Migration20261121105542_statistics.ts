import { Migration } from '@mikro-orm/migrations';

/** The stretches of 1, 8 and 64 days that a quarter of an hour lies in, and its place in the day, from 1 on. */
const inStoreBlocks = `
create function "in_store_blocks"(quarter int) returns table (days smallint, block int, place int)
language sql immutable as $$
  select d::smallint, floor(quarter / (96.0::float8 * d))::int, quarter - floor(quarter / 96.0::float8)::int * 96 + 1
  from unnest(array[1, 8, 64]) d
$$;`;

/** All figures as the orders themselves give them: what the kept ones are compared with and rebuilt from. */
const countedOrderFigures = `
create view "counted_order_figures" as
  select 'BILLING_ZIP' as figure, a.zip_code collate "C" as key, count(*)::int as count
  from orders o join addresses a on a.id = o.billing_address_id group by 2
  union all
  select 'SHIPPING_ZIP', a.zip_code collate "C", count(distinct l.order_id)::int
  from order_shipping_addresses l join addresses a on a.id = l.address_id group by 2
  union all
  select 'IN_STORE_CUSTOMER', customer_id::text collate "C", count(*)::int from orders where fulfilment = 'PICK_UP' group by customer_id
  union all
  select 'IN_STORE_TIME', floor(extract(epoch from placed_at) / 900)::int::text collate "C", count(*)::int
  from orders where fulfilment = 'PICK_UP' group by 2;`;

/** Adds numbers to those at some places. */
const addAtPlaces = `
create function "add_at_places"(counts int[], places int[], added int[]) returns int[] language plpgsql immutable as $$
begin
  for n in 1 .. cardinality(places) loop
    counts[places[n]] := counts[places[n]] + added[n];
  end loop;
  return counts;
end
$$;`;

/** Adds numbers by quarter of an hour to all stretches of days that they lie in. */
const addInStoreTimes = (rows: string): string => `
  merge into in_store_times t
  using (
    select days, block, array_agg(place) as places, array_agg(count) as counts from (
      select b.days, b.block, b.place, sum(r.count)::int as count
      from ${rows} r, in_store_blocks(r.key::int) b where r.figure = 'IN_STORE_TIME' group by 1, 2, 3
    ) places group by 1, 2
  ) added on t.days = added.days and t.block = added.block
  when matched then update set counts = add_at_places(t.counts, added.places, added.counts)
  when not matched then insert (days, block, counts)
    values (added.days, added.block, add_at_places(array_fill(0, array[96]), added.places, added.counts));`;

/**
 * Adds what has changed to the figures and forgets the changes. One at a time does so, and who finds somebody else at it leaves
 * it to them. A transaction with a snapshot of its own would be refused rows that are gone since then, so it leaves it too.
 * It is called where the search path is the tenant's own.
 */
const foldOrderFigures = `
create function "fold_order_figures"() returns void language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed'
    or not pg_try_advisory_xact_lock(hashtext('pier2 order figures'), hashtext(current_schema())) then
    return;
  end if;
  -- In a statement of its own, so that it sees what the one before committed.
  with taken as (
    delete from order_figure_changes returning figure, key, change
  ), sums as materialized (
    select figure, key, sum(change)::int as count from taken group by 1, 2 having sum(change) <> 0
  ), added as (
    insert into order_figures as f (figure, key, count)
    select figure, key, count from sums where figure <> 'IN_STORE_TIME'
    on conflict (figure, key) do update set count = f.count + excluded.count
  )${addInStoreTimes('sums')}
end
$$;`;

/**
 * Counts all anew. Who writes orders meanwhile need not wait: the changes that are forgotten are exactly those of the orders
 * that are counted, since one statement does both.
 */
const rebuildOrderFigures = `
create function "rebuild_order_figures"() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('pier2 order figures'), hashtext(current_schema()));
  delete from order_figures;
  delete from in_store_times;
  with forgotten as (
    delete from order_figure_changes
  ), counted as materialized (
    select figure, key, count from counted_order_figures
  ), added as (
    insert into order_figures (figure, key, count) select figure, key, count from counted where figure <> 'IN_STORE_TIME'
  )${addInStoreTimes('counted')}
end
$$;`;

/**
 * A trigger function that works in its own schema, as check_order_fulfilment does. After statements that add to the changes,
 * they are folded in now and then: on the average when a thousand stand there.
 *
 * A plan is kept as long as its connection, and one that was made while a table was small would scan it later, as in an import
 * into an empty shop. So what the statements need of a table they look up row by row, and never by a scan.
 */
const triggerFunction = (name: string, statements: string): string => `
create function "${name}"() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  path_before text := current_setting('search_path');
  added int;
begin
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);${statements}
  get diagnostics added = row_count;
  if random() * 1000 < added then
    perform fold_order_figures();
  end if;
  perform set_config('search_path', path_before, true);
  return null;
end
$$;`;

/** The rows that a statement changed, each with 1 where it was added and -1 where it was taken away. */
const changedRows = {
  insert: (columns: string) => `select ${columns}, 1 as change from after_rows`,
  update: (columns: string) =>
    `select ${columns}, 1 as change from after_rows union all select ${columns}, -1 from before_rows`,
  delete: (columns: string) => `select ${columns}, -1 as change from before_rows`,
};
type Operation = keyof typeof changedRows;
const operations = Object.keys(changedRows) as Operation[];

const transitionTables = {
  insert: 'new table as after_rows',
  update: 'old table as before_rows new table as after_rows',
  delete: 'old table as before_rows',
};

const afterStatement = (operation: Operation, table: string, name: string): string =>
  `create trigger "${name}" after ${operation} on "${table}" referencing ${transitionTables[operation]} for each statement execute function "${name}"();`;

/** A change of an order's status changes none of these columns, and ends with the first step. */
const countOrders = (operation: Operation): string[] => [
  triggerFunction(
    `count_orders_${operation}`,
    `
  insert into order_figure_changes (figure, key, change)
    with moved as (
      select customer_id, billing_address_id, fulfilment, placed_at, sum(change)::int as change
      from (${changedRows[operation]('customer_id, billing_address_id, fulfilment, placed_at')}) changed
      group by 1, 2, 3, 4 having sum(change) <> 0
    )
    select 'BILLING_ZIP', (select zip_code from addresses a where a.id = m.billing_address_id), sum(m.change)
    from moved m group by 2 having sum(m.change) <> 0
    union all
    select 'IN_STORE_CUSTOMER', customer_id::text, sum(change) from moved where fulfilment = 'PICK_UP'
    group by customer_id having sum(change) <> 0
    union all
    select 'IN_STORE_TIME', floor(extract(epoch from placed_at) / 900)::int::text, sum(change) from moved
    where fulfilment = 'PICK_UP' group by 2 having sum(change) <> 0;`,
  ),
  afterStatement(operation, 'orders', `count_orders_${operation}`),
];

/**
 * An order counts once for a zip code, however many of its addresses have it, so it matters how many have it now. Orders of
 * other transactions are locked, so that two which each add an address of one zip code see each other.
 */
const countShipping = (operation: Operation): string[] => [
  triggerFunction(
    `count_shipping_${operation}`,
    `
  perform from (select distinct order_id from (${changedRows[operation]('order_id')}) c order by 1) changed,
    lateral (select from orders o where o.id = changed.order_id and o.xmin <> pg_current_xact_id()::xid for no key update) o;
  insert into order_figure_changes (figure, key, change)
    with places as (
      select order_id, (select zip_code from addresses a where a.id = c.address_id) as zip_code, sum(change) as change
      from (${changedRows[operation]('order_id, address_id')}) c group by 1, 2
    ), counted as (
      select zip_code, change, (
        select count(*) from order_shipping_addresses l where l.order_id = p.order_id
          and (select zip_code from addresses a where a.id = l.address_id) = p.zip_code) as links
      from places p
    )
    select 'SHIPPING_ZIP', zip_code, sum((links > 0)::int - (links - change > 0)::int) from counted
    group by 2 having sum((links > 0)::int - (links - change > 0)::int) <> 0;`,
  ),
  afterStatement(operation, 'order_shipping_addresses', `count_shipping_${operation}`),
];

/**
 * Addresses change by hand alone, if at all. So whoever writes orders looks at an address without a lock, and a change of its
 * zip code waits for all of them and holds up new ones until it is committed.
 */
const countMovedAddresses = [
  triggerFunction(
    'count_moved_addresses',
    `
  if exists (select from before_rows b join after_rows a using (id) where a.zip_code <> b.zip_code) then
    lock table orders, order_shipping_addresses in share row exclusive mode;
  end if;
  insert into order_figure_changes (figure, key, change)
    with moved as (
      select id, b.zip_code as before, a.zip_code as after from before_rows b join after_rows a using (id)
      where a.zip_code <> b.zip_code
    ), links as (
      select l.order_id, coalesce(m.before, a.zip_code) as before, a.zip_code as after
      from order_shipping_addresses l join addresses a on a.id = l.address_id left join moved m on m.id = a.id
      where l.order_id in (select order_id from order_shipping_addresses s join moved on moved.id = s.address_id)
    )
    select figure, key, sum(change) from (
      select 'BILLING_ZIP', z.key, z.change from moved m join orders o on o.billing_address_id = m.id,
        lateral (values (m.after, 1), (m.before, -1)) z(key, change)
      union all
      select 'SHIPPING_ZIP', after, 1 from (select distinct order_id, after from links) a
      union all
      select 'SHIPPING_ZIP', before, -1 from (select distinct order_id, before from links) b
    ) changed(figure, key, change) group by 1, 2 having sum(change) <> 0;`,
  ),
  afterStatement('update', 'addresses', 'count_moved_addresses'),
];

/** Forgets the figures of a table that was emptied; nobody else can be writing to it. */
const forgetOrderFigures = `
create function "forget_order_figures"() returns trigger language plpgsql as $$
declare
  path_before text := current_setting('search_path');
begin
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);
  perform pg_advisory_xact_lock(hashtext('pier2 order figures'), hashtext(current_schema()));
  delete from order_figure_changes where figure = any(tg_argv);
  delete from order_figures where figure = any(tg_argv);
  if 'IN_STORE_TIME' = any(tg_argv) then
    delete from in_store_times;
  end if;
  perform set_config('search_path', path_before, true);
  return null;
end
$$;`;

export class Migration20261121105542_statistics extends Migration {
  override name = 'Migration20261121105542_statistics';

  override up(): void {
    this.addSql(
      `create table "in_store_times" ("days" smallint not null, "block" int not null, "counts" int[] not null, primary key ("days", "block"));`,
    );

    this.addSql(
      `create table "order_figures" ("figure" text not null, "key" text collate "C" not null, "count" int not null, primary key ("figure", "key"));`,
    );
    this.addSql(
      `create index "order_figures_descending_index" on "order_figures" using btree (figure, count desc, key);`,
    );
    this.addSql(
      `create index "order_figures_ascending_index" on "order_figures" using btree (figure, count, key) where figure <> 'IN_STORE_CUSTOMER';`,
    );

    this.addSql(
      `create table "order_figure_changes" ("id" uuid not null default gen_random_uuid(), "figure" text not null, "key" text collate "C" not null, "change" int not null, primary key ("id"));`,
    );

    this.addSql(`alter table "in_store_times" add constraint "in_store_times_days_check" check (days in (1, 8, 64));`);

    this.addSql(
      `alter table "order_figures" add constraint "order_figures_figure_check" check ("figure" in ('BILLING_ZIP', 'SHIPPING_ZIP', 'IN_STORE_CUSTOMER', 'IN_STORE_TIME'));`,
    );

    this.addSql(
      `alter table "order_figure_changes" add constraint "order_figure_changes_figure_check" check ("figure" in ('BILLING_ZIP', 'SHIPPING_ZIP', 'IN_STORE_CUSTOMER', 'IN_STORE_TIME'));`,
    );

    this.addSql(inStoreBlocks);
    this.addSql(countedOrderFigures);
    this.addSql(addAtPlaces);
    this.addSql(foldOrderFigures);
    this.addSql(rebuildOrderFigures);
    // The triggers before the orders are counted: from here to the commit nobody else writes orders.
    [...operations.flatMap(countOrders), ...operations.flatMap(countShipping), ...countMovedAddresses].forEach(sql =>
      this.addSql(sql),
    );
    this.addSql(forgetOrderFigures);
    this.addSql(
      `create trigger "forget_orders" after truncate on "orders" for each statement execute function "forget_order_figures"('BILLING_ZIP', 'IN_STORE_CUSTOMER', 'IN_STORE_TIME');`,
    );
    this.addSql(
      `create trigger "forget_shipping" after truncate on "order_shipping_addresses" for each statement execute function "forget_order_figures"('SHIPPING_ZIP');`,
    );
    this.addSql(`select rebuild_order_figures();`);
  }

  override down(): void {
    this.addSql(`drop trigger "forget_shipping" on "order_shipping_addresses";`);
    this.addSql(`drop trigger "forget_orders" on "orders";`);
    this.addSql(`drop trigger "count_moved_addresses" on "addresses";`);
    for (const operation of operations) {
      this.addSql(`drop trigger "count_shipping_${operation}" on "order_shipping_addresses";`);
      this.addSql(`drop trigger "count_orders_${operation}" on "orders";`);
      this.addSql(`drop function "count_shipping_${operation}"();`);
      this.addSql(`drop function "count_orders_${operation}"();`);
    }
    this.addSql(`drop function "forget_order_figures"();`);
    this.addSql(`drop function "count_moved_addresses"();`);
    this.addSql(`drop function "rebuild_order_figures"();`);
    this.addSql(`drop function "fold_order_figures"();`);
    this.addSql(`drop function "add_at_places"(int[], int[], int[]);`);
    this.addSql(`drop view "counted_order_figures";`);
    this.addSql(`drop function "in_store_blocks"(int);`);
    for (const table of ['in_store_times', 'order_figure_changes', 'order_figures']) {
      this.addSql(`drop table "${table}";`);
    }
  }
}
