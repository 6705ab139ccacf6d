import { Migration } from '@mikro-orm/migrations';

/**
 * Refuses, at commit, an order that is SHIPPED without a shipping address or PICK_UP with one.
 *
 * - It works in the trigger's own schema, since no search_path is set when requests run and a tenant's schema may be
 *   renamed. The path is put back at the end, so that its statements can be static, with plans that are kept: built at run
 *   time they took three times as long.
 * - It locks an order that another transaction made, so that two which each take away one of two addresses see each other.
 * - It counts instead of asking whether one exists: a plan that was made while the table was small would scan it later.
 */
const checkOrderFulfilment = `
create function "check_order_fulfilment"() returns trigger language plpgsql as $$
declare
  checked_ids uuid[];
  checked uuid;
  wrong boolean;
  path_before text := current_setting('search_path');
begin
  if tg_table_name = 'orders' then
    checked_ids := array[new.id];
  elsif tg_op = 'INSERT' then
    checked_ids := array[new.order_id];
  elsif tg_op = 'DELETE' then
    checked_ids := array[old.order_id];
  else
    checked_ids := array[old.order_id, new.order_id];
  end if;
  perform set_config('search_path', format('%I, pg_temp', tg_table_schema), true);
  foreach checked in array checked_ids loop
    -- In a statement of its own, so that the next one sees what the other transaction committed.
    if tg_table_name <> 'orders' or tg_op <> 'INSERT' then
      perform from orders o where o.id = checked and o.xmin <> pg_current_xact_id()::xid for no key update;
    end if;
    select (o.fulfilment = 'SHIPPED') <> ((select count(*) from order_shipping_addresses a where a.order_id = checked) > 0)
      into wrong from orders o where o.id = checked;
    if wrong then
      raise exception 'order % is SHIPPED without a shipping address or PICK_UP with one', checked
        using errcode = 'check_violation', constraint = 'orders_fulfilment_trigger';
    end if;
  end loop;
  perform set_config('search_path', path_before, true);
  return null;
end
$$;`;

export class Migration20261121013815_retail_core extends Migration {
  override name = 'Migration20261121013815_retail_core';

  override up(): void {
    this.addSql(
      `create table "addresses" ("id" uuid not null, "line1" text not null, "line2" text not null default '', "city" text not null, "state" text not null default '', "zip_code" text not null, "country_code" text not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "addresses" add constraint "addresses_country_code_check" check (country_code ~ '^[A-Z]{2}\$');`,
    );
    this.addSql(`alter table "addresses" add constraint "addresses_zip_code_check" check (btrim(zip_code) <> '');`);
    this.addSql(`alter table "addresses" add constraint "addresses_city_check" check (btrim(city) <> '');`);
    this.addSql(`alter table "addresses" add constraint "addresses_line1_check" check (btrim(line1) <> '');`);

    this.addSql(
      `create table "customers" ("id" uuid not null, "email" text null, "telephone" text null, "first_name" text not null, "last_name" text not null, primary key ("id"));`,
    );
    this.addSql(
      `create unique index "customers_telephone_unique" on "customers" (regexp_replace(telephone, '[^0-9]', '', 'g'));`,
    );
    this.addSql(`create unique index "customers_email_unique" on "customers" (lower(email collate "und-x-icu"));`);
    this.addSql(`create index "customers_name_index" on "customers" ("last_name", "first_name", "id");`);
    this.addSql(
      `alter table "customers" add constraint "customers_name_check" check (btrim(first_name || last_name) <> '');`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_telephone_check" check (length(regexp_replace(telephone, '[^0-9]', '', 'g')) between 3 and 20);`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_email_check" check (email ~ '^[^@[:space:]]+@[^@[:space:]]+\$');`,
    );
    this.addSql(
      `alter table "customers" add constraint "customers_contact_check" check (email is not null or telephone is not null);`,
    );

    this.addSql(
      `create table "customer_addresses" ("customer_id" uuid not null, "kind" text not null, "address_id" uuid not null, primary key ("customer_id", "kind", "address_id"));`,
    );
    this.addSql(`create index "customer_addresses_address_index" on "customer_addresses" ("address_id");`);
    this.addSql(
      `alter table "customer_addresses" add constraint "customer_addresses_kind_check" check ("kind" in ('BILLING', 'SHIPPING'));`,
    );

    this.addSql(
      `create table "products" ("id" uuid not null, "sku" text not null, "name" text not null, "description" text not null default '', "price" numeric not null, "currency_code" text not null, "state" text not null default 'ACTIVE', primary key ("id"));`,
    );
    this.addSql(`alter table "products" add constraint "products_sku_unique" unique ("sku");`);
    this.addSql(`create index "products_state_name_index" on "products" ("state", "name", "id");`);
    this.addSql(`create index "products_price_index" on "products" ("price", "id");`);
    this.addSql(`create index "products_name_index" on "products" ("name", "id");`);
    this.addSql(
      `alter table "products" add constraint "products_currency_code_check" check (currency_code ~ '^[A-Z]{3}\$');`,
    );
    this.addSql(
      `alter table "products" add constraint "products_price_check" check (price >= 0 and price < 1000000000000 and scale(price) <= 4);`,
    );
    this.addSql(`alter table "products" add constraint "products_name_check" check (btrim(name) <> '');`);
    this.addSql(`alter table "products" add constraint "products_sku_check" check (btrim(sku) <> '');`);
    this.addSql(
      `alter table "products" add constraint "products_state_check" check ("state" in ('ACTIVE', 'RETIRED'));`,
    );

    this.addSql(
      `create table "stores" ("id" uuid not null, "name" text not null, "state" text not null default 'ACTIVE', "address_id" uuid not null, primary key ("id"));`,
    );
    this.addSql(`alter table "stores" add constraint "stores_name_unique" unique ("name");`);
    this.addSql(`create index "stores_address_index" on "stores" ("address_id");`);
    this.addSql(`create index "stores_state_index" on "stores" ("state", "name");`);
    this.addSql(`alter table "stores" add constraint "stores_name_check" check (btrim(name) <> '');`);
    this.addSql(`alter table "stores" add constraint "stores_state_check" check ("state" in ('ACTIVE', 'RETIRED'));`);

    this.addSql(
      `create table "orders" ("id" uuid not null, "customer_id" uuid not null, "billing_address_id" uuid not null, "store_id" uuid null, "fulfilment" text not null, "status" text not null default 'PENDING', "placed_at" timestamptz(3) not null, "currency_code" text not null, primary key ("id"));`,
    );
    this.addSql(`create index "orders_billing_address_index" on "orders" ("billing_address_id");`);
    this.addSql(`create index "orders_fulfilment_index" on "orders" ("fulfilment", "placed_at", "id");`);
    this.addSql(`create index "orders_store_index" on "orders" ("store_id", "placed_at", "id");`);
    this.addSql(`create index "orders_customer_index" on "orders" ("customer_id", "placed_at", "id");`);
    this.addSql(`create index "orders_status_index" on "orders" ("status", "placed_at", "id");`);
    this.addSql(`create index "orders_placed_at_index" on "orders" ("placed_at", "id");`);
    this.addSql(
      `alter table "orders" add constraint "orders_currency_code_check" check (currency_code ~ '^[A-Z]{3}\$');`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_pick_up_check" check (fulfilment = 'SHIPPED' or store_id is not null);`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_fulfilment_check" check ("fulfilment" in ('PICK_UP', 'SHIPPED'));`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_status_check" check ("status" in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'));`,
    );

    this.addSql(
      `create table "order_shipping_addresses" ("order_id" uuid not null, "address_id" uuid not null, primary key ("order_id", "address_id"));`,
    );
    this.addSql(`create index "order_shipping_addresses_address_index" on "order_shipping_addresses" ("address_id");`);

    this.addSql(
      `create table "order_items" ("id" uuid not null, "order_id" uuid not null, "line_number" int not null, "product_id" uuid not null, "product_name" text not null, "quantity" int not null, "currency_code" text not null, "unit_price" numeric not null, "line_total" numeric generated always as (quantity * unit_price) stored not null, primary key ("id"));`,
    );
    this.addSql(`create index "order_items_product_index" on "order_items" ("product_id", "id");`);
    this.addSql(
      `alter table "order_items" add constraint "order_items_order_line_unique" unique ("order_id", "line_number");`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_currency_code_check" check (currency_code ~ '^[A-Z]{3}\$');`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_product_name_check" check (btrim(product_name) <> '');`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_unit_price_check" check (unit_price >= 0 and unit_price < 1000000000000 and scale(unit_price) <= 4);`,
    );
    this.addSql(`alter table "order_items" add constraint "order_items_quantity_check" check (quantity > 0);`);
    this.addSql(`alter table "order_items" add constraint "order_items_line_number_check" check (line_number > 0);`);

    this.addSql(
      `alter table "customer_addresses" add constraint "customer_addresses_customer_id_foreign" foreign key ("customer_id") references "customers" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "customer_addresses" add constraint "customer_addresses_address_id_foreign" foreign key ("address_id") references "addresses" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "stores" add constraint "stores_address_id_foreign" foreign key ("address_id") references "addresses" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "orders" add constraint "orders_customer_id_foreign" foreign key ("customer_id") references "customers" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_billing_address_id_foreign" foreign key ("billing_address_id") references "addresses" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "orders" add constraint "orders_store_id_foreign" foreign key ("store_id") references "stores" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "order_shipping_addresses" add constraint "order_shipping_addresses_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "order_shipping_addresses" add constraint "order_shipping_addresses_address_id_foreign" foreign key ("address_id") references "addresses" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "order_items" add constraint "order_items_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "order_items" add constraint "order_items_product_id_foreign" foreign key ("product_id") references "products" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(checkOrderFulfilment);
    // A new PICK_UP order can only be wrong by an address, whose own trigger finds that.
    this.addSql(
      `create constraint trigger "orders_shipped_trigger" after insert on "orders" deferrable initially deferred for each row when (new.fulfilment = 'SHIPPED') execute function "check_order_fulfilment"();`,
    );
    this.addSql(
      `create constraint trigger "orders_fulfilment_trigger" after update of "fulfilment" on "orders" deferrable initially deferred for each row execute function "check_order_fulfilment"();`,
    );
    this.addSql(
      `create constraint trigger "order_shipping_addresses_fulfilment_trigger" after insert or update or delete on "order_shipping_addresses" deferrable initially deferred for each row execute function "check_order_fulfilment"();`,
    );
  }

  override down(): void {
    const tables = [
      'order_items',
      'order_shipping_addresses',
      'orders',
      'stores',
      'products',
      'customer_addresses',
      'customers',
      'addresses',
    ];
    for (const table of tables) {
      this.addSql(`drop table "${table}";`);
    }
    this.addSql(`drop function "check_order_fulfilment"();`);
  }
}
