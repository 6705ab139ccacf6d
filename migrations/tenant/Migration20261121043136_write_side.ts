import { Migration } from '@mikro-orm/migrations';

/**
 * The decimals that currencies have by ISO 4217. A line with a finer price keeps all of it, so that what was ordered before
 * amounts were rounded costs what it did.
 */
const fillCurrencyDecimals = `
update "order_items" set "currency_decimals" = greatest(scale("unit_price"), case
  when "currency_code" in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
  when "currency_code" in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
  when "currency_code" in ('CLF', 'UYW') then 4
  else 2
end);`;

/** Orders that are open hold their pieces, as they would had they been placed with stock kept. */
const reserveForOpenOrders = `
insert into "stock_levels" ("id", "product_id", "store_id", "on_hand", "reserved")
select gen_random_uuid(), i."product_id", case o."fulfilment" when 'PICK_UP' then o."store_id" end, sum(i."quantity"), sum(i."quantity")
from "orders" o join "order_items" i on i."order_id" = o."id"
where o."status" in ('PENDING', 'IN_PROGRESS') group by 2, 3;`;

/**
 * Makes events of new entries of the history: a delivery for each webhook that wants it, and a notification for those who
 * listen, both in the transaction of the change. What is imported is no event. It locks the webhooks as the foreign key
 * would, and so passes over one that is being deleted, for which the foreign key would refuse the change. It works in its
 * own schema, as check_order_fulfilment does.
 */
const announceHistory = `
create function "announce_history"() returns trigger language plpgsql as $$
declare
  path_before text := current_setting('search_path');
begin
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);
  insert into webhook_deliveries (id, webhook_id, event_id, subject, version)
    select gen_random_uuid(), w.id, e.id, e.subject, e.version
    from entries e join webhooks w on w.state = 'ACTIVE'
      and (w.event_types = '{}' or lower(e.subject_type || '.' || e.action) = any (w.event_types))
    where e.action <> 'IMPORTED'
    for key share of w;
  perform pg_notify('pier2_history', json_build_object('schema', tg_table_schema, 'id', e.id)::text)
    from entries e where e.action <> 'IMPORTED';
  perform set_config('search_path', path_before, true);
  return null;
end
$$;`;

export class Migration20261121043136_write_side extends Migration {
  override name = 'Migration20261121043136_write_side';

  override up(): void {
    this.addSql(
      `create table "bulk_imports" ("kind" text not null, "file_hash" text not null, "lines_done" int not null default 0, "imported" int not null default 0, "started_at" timestamptz(3) not null default now(), "finished_at" timestamptz(3) null, primary key ("kind", "file_hash"));`,
    );

    this.addSql(
      `create table "history" ("id" uuid not null, "subject_type" text not null, "subject" uuid not null, "version" int not null, "at" timestamptz(3) not null default clock_timestamp(), "actor" text not null, "action" text not null, "changes" jsonb not null, primary key ("id"));`,
    );
    this.addSql(`create index "history_at_index" on "history" using brin (at);`);
    this.addSql(`alter table "history" add constraint "history_subject_version_unique" unique ("subject", "version");`);

    this.addSql(
      `create table "stock_levels" ("id" uuid not null, "product_id" uuid not null, "store_id" uuid null, "on_hand" int not null, "reserved" int not null default 0, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "stock_levels_store_index" on "stock_levels" ("store_id", "id");`);
    this.addSql(
      `create unique index "stock_levels_place_unique" on "stock_levels" (product_id, store_id) nulls not distinct;`,
    );

    this.addSql(
      `create table "order_shipments" ("item_id" uuid not null, "address_id" uuid not null, "quantity" int not null, primary key ("item_id", "address_id"));`,
    );
    this.addSql(`create index "order_shipments_address_index" on "order_shipments" ("address_id");`);

    this.addSql(
      `create table "idempotency_keys" ("key" text not null, "input_hash" text not null, "order_id" uuid null, "expires_at" timestamptz(3) not null, primary key ("key"));`,
    );
    this.addSql(`create index "idempotency_keys_order_index" on "idempotency_keys" ("order_id");`);
    this.addSql(`create index "idempotency_keys_expires_at_index" on "idempotency_keys" ("expires_at");`);

    this.addSql(
      `create table "webhooks" ("id" uuid not null, "url" text not null, "secret" text not null, "event_types" text[] not null, "state" text not null default 'ACTIVE', primary key ("id"));`,
    );

    this.addSql(
      `create table "webhook_deliveries" ("id" uuid not null, "webhook_id" uuid not null, "event_id" uuid not null, "subject" uuid not null, "version" int not null, "state" text not null default 'PENDING', "attempts" int not null default 0, "next_attempt_at" timestamptz(3) not null default now(), "last_error" text null, "delivered_at" timestamptz(3) null, primary key ("id"));`,
    );
    this.addSql(
      `create index "webhook_deliveries_order_index" on "webhook_deliveries" (webhook_id, subject, version) where state = 'PENDING';`,
    );
    this.addSql(
      `create index "webhook_deliveries_due_index" on "webhook_deliveries" (next_attempt_at) where state = 'PENDING';`,
    );
    this.addSql(
      `create index "webhook_deliveries_list_index" on "webhook_deliveries" ("webhook_id", "state", "event_id");`,
    );
    this.addSql(`create index "webhook_deliveries_event_index" on "webhook_deliveries" ("event_id");`);

    this.addSql(`alter table "customers" drop constraint "customers_contact_check";`);
    this.addSql(`alter table "customers" drop constraint "customers_name_check";`);
    this.addSql(
      `alter table "customers" add "merged_into_id" uuid null, add "erased_at" timestamptz(3) null, add "version" int not null default 1;`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_merged_into_id_foreign" foreign key ("merged_into_id") references "customers" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(`create index "customers_merged_into_index" on "customers" ("merged_into_id");`);
    this.addSql(
      `alter table "customers" add constraint "customers_contact_check" check (email is not null or telephone is not null or merged_into_id is not null or erased_at is not null);`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_name_check" check (btrim(first_name || last_name) <> '' or erased_at is not null);`,
    );

    this.addSql(
      `alter table "products" add "tax_rate" numeric not null default '0', add "version" int not null default 1;`,
    );
    this.addSql(
      `alter table "products" add constraint "products_tax_rate_check" check (tax_rate >= 0 and tax_rate <= 100 and scale(tax_rate) <= 4);`,
    );

    this.addSql(`alter table "stores" add "version" int not null default 1;`);

    this.addSql(`alter table "orders" add "cancel_reason" text null, add "version" int not null default 1;`);
    this.addSql(
      `alter table "orders" add constraint "orders_cancel_reason_check" check (cancel_reason is null or status = 'CANCELLED');`,
    );

    this.addSql(`alter table "order_items" drop column "line_total", add "currency_decimals" smallint;`);
    this.addSql(fillCurrencyDecimals);
    this.addSql(
      `alter table "order_items" alter column "currency_decimals" set not null, add "tax_rate" numeric not null default '0', add "subtotal" numeric generated always as (round(quantity * unit_price, currency_decimals)) stored not null, add "tax" numeric generated always as (round(round(quantity * unit_price, currency_decimals) * tax_rate * 0.01, currency_decimals)) stored not null, add "line_total" numeric generated always as (round(quantity * unit_price, currency_decimals) + round(round(quantity * unit_price, currency_decimals) * tax_rate * 0.01, currency_decimals)) stored not null;`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_tax_rate_check" check (tax_rate >= 0 and tax_rate <= 100 and scale(tax_rate) <= 4);`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_currency_decimals_check" check (currency_decimals between 0 and 4);`,
    );

    this.addSql(
      `alter table "history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE'));`,
    );
    this.addSql(
      `alter table "history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED'));`,
    );

    this.addSql(
      `alter table "stock_levels" add constraint "stock_levels_product_id_foreign" foreign key ("product_id") references "products" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "stock_levels" add constraint "stock_levels_store_id_foreign" foreign key ("store_id") references "stores" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "stock_levels" add constraint "stock_levels_reserved_check" check (reserved >= 0 and reserved <= on_hand);`,
    );

    this.addSql(
      `alter table "order_shipments" add constraint "order_shipments_item_id_foreign" foreign key ("item_id") references "order_items" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "order_shipments" add constraint "order_shipments_address_id_foreign" foreign key ("address_id") references "addresses" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(`alter table "order_shipments" add constraint "order_shipments_quantity_check" check (quantity > 0);`);

    this.addSql(
      `alter table "idempotency_keys" add constraint "idempotency_keys_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(`alter table "webhooks" add constraint "webhooks_url_check" check (url ~ '^https?://');`);
    this.addSql(
      `alter table "webhooks" add constraint "webhooks_state_check" check ("state" in ('ACTIVE', 'DISABLED'));`,
    );

    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_webhook_id_foreign" foreign key ("webhook_id") references "webhooks" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_event_id_foreign" foreign key ("event_id") references "history" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_state_check" check ("state" in ('PENDING', 'DELIVERED', 'DEAD'));`,
    );

    this.addSql(reserveForOpenOrders);

    this.addSql(announceHistory);
    this.addSql(
      `create trigger "history_announce_trigger" after insert on "history" referencing new table as "entries" for each statement execute function "announce_history"();`,
    );
  }

  override down(): void {
    for (const table of [
      'bulk_imports',
      'webhook_deliveries',
      'webhooks',
      'idempotency_keys',
      'history',
      'order_shipments',
      'stock_levels',
    ]) {
      this.addSql(`drop table "${table}";`);
    }

    this.addSql(`drop function "announce_history"();`);

    // The version before has no customers without a name or a contact.
    this.addSql(
      `update "customers" set "first_name" = '(erased)' where "erased_at" is not null and btrim("first_name" || "last_name") = '';`,
    );
    this.addSql(
      `update "customers" set "email" = "id" || '@erased.invalid' where "email" is null and "telephone" is null;`,
    );
    this.addSql(`alter table "customers" drop constraint "customers_merged_into_id_foreign";`);
    this.addSql(`drop index "customers_merged_into_index";`);
    this.addSql(`alter table "customers" drop constraint "customers_name_check";`);
    this.addSql(`alter table "customers" drop constraint "customers_contact_check";`);
    this.addSql(
      `alter table "customers" drop column "merged_into_id", drop column "erased_at", drop column "version";`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_name_check" check (btrim(first_name || last_name) <> '');`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_contact_check" check (email is not null or telephone is not null);`,
    );

    this.addSql(`alter table "order_items" drop constraint "order_items_tax_rate_check";`);
    this.addSql(`alter table "order_items" drop constraint "order_items_currency_decimals_check";`);
    this.addSql(`alter table "order_items" drop column "subtotal", drop column "tax", drop column "line_total";`);
    this.addSql(
      `alter table "order_items" drop column "currency_decimals", drop column "tax_rate", add "line_total" numeric generated always as (quantity * unit_price) stored not null;`,
    );

    this.addSql(`alter table "orders" drop constraint "orders_cancel_reason_check";`);
    this.addSql(`alter table "orders" drop column "cancel_reason", drop column "version";`);
    this.addSql(`alter table "products" drop constraint "products_tax_rate_check";`);
    this.addSql(`alter table "products" drop column "tax_rate", drop column "version";`);
    this.addSql(`alter table "stores" drop column "version";`);
  }
}
