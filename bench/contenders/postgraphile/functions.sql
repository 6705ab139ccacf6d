-- What PostGraphile cannot find in the tables, as functions, which is how its documentation has it.
drop schema if exists bench_postgraphile cascade;
create schema bench_postgraphile;

create function bench_postgraphile.customer_by_email(email text) returns public.customers language sql stable as $$
  select c.* from public.customers c where lower(c.email collate "und-x-icu") = lower(customer_by_email.email collate "und-x-icu")
$$;

create type bench_postgraphile.zip_code_count as (zip_code text, count int);

create function bench_postgraphile.counts_by_billing_zip() returns setof bench_postgraphile.zip_code_count
language sql stable as $$
  select a.zip_code, count(*)::int from public.orders o join public.addresses a on a.id = o.billing_address_id
  group by 1 order by 2 desc, a.zip_code collate "C"
$$;

create function bench_postgraphile.counts_by_shipping_zip() returns setof bench_postgraphile.zip_code_count
language sql stable as $$
  select a.zip_code, count(distinct l.order_id)::int
  from public.order_shipping_addresses l join public.addresses a on a.id = l.address_id
  group by 1 order by 2 desc, a.zip_code collate "C"
$$;

create type bench_postgraphile.hour_count as (hour int, count int);

create function bench_postgraphile.in_store_purchases_by_hour(time_zone text) returns setof bench_postgraphile.hour_count
language sql stable as $$
  select extract(hour from placed_at at time zone time_zone)::int, count(*)::int
  from public.orders where fulfilment = 'PICK_UP' group by 1 order by 1
$$;

create type bench_postgraphile.in_store_customer as (customer public.customers, order_count int);

create function bench_postgraphile.top_in_store_customers() returns setof bench_postgraphile.in_store_customer
language sql stable as $$
  select c, top.order_count from (
    select customer_id, count(*)::int as order_count from public.orders where fulfilment = 'PICK_UP'
    group by 1 order by 2 desc, 1 limit 100) top
  join public.customers c on c.id = top.customer_id order by top.order_count desc, top.customer_id
$$;
