import { Migration } from '@mikro-orm/migrations';

/**
 * Notes that the rows of a table in the schema under way, if it is a tenant's, have to be filled. A table without rows needs
 * nothing: from here on its trigger fills each row that is written.
 */
const beginBackfill = `
create function "platform"."begin_backfill"(expansion text, table_name text) returns void language plpgsql as $$
declare
  has_rows boolean;
begin
  execute format('select exists (select from %I.%I)', current_schema(), table_name) into has_rows;
  insert into platform.backfills (tenant_id, migration, finished_at)
    select id, expansion, case when not has_rows then clock_timestamp() end
    from platform.tenants where schema = current_schema()
  on conflict (tenant_id, migration) do update set position = null, rows_seen = 0, rows_filled = 0, started_at = null,
    finished_at = excluded.finished_at;
end $$;`;

const forgetBackfill = `
create function "platform"."forget_backfill"(expansion text) returns void language sql as $$
  delete from platform.backfills where migration = expansion
    and tenant_id = (select id from platform.tenants where schema = current_schema())
$$;`;

/** Refuses to take a tenant's old column away while it is needed. A schema of no tenant, such as one that is restored, has none who needs it. */
const checkContract = `
create function "platform"."check_contract"(expansion text, switch text) returns void language plpgsql as $$
declare
  its_id uuid;
  its_name text;
  its_state text;
  older text;
begin
  select id, name, state into its_id, its_name, its_state from platform.tenants where schema = current_schema();
  if its_id is null then
    return;
  end if;
  if not exists (
    select from platform.backfills
    where tenant_id = its_id and migration = expansion and finished_at is not null
  ) then
    raise exception '% is not backfilled for %; run "npx pier2 migrate backfill"', its_name, expansion
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select format('process %s on %s', pid, host) into older from platform.instances
    where expires_at > clock_timestamp() and not switch = any (migrations) order by started_at limit 1;
  -- Nobody is served from a shop that is being made.
  if older is not null and its_state <> 'PROVISIONING' then
    raise exception '% is of a build without %, and would miss the old column; stop it first', older, switch
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end $$;`;

/** What is known of columns that are being replaced, and of the processes that may still use the old ones. */
export class Migration20261121171500_expand_and_contract extends Migration {
  override name = 'Migration20261121171500_expand_and_contract';

  override up(): void {
    this.addSql(
      `create table "platform"."backfills" ("tenant_id" uuid not null, "migration" text not null, "position" text[] null, "rows_seen" bigint not null default 0, "rows_filled" bigint not null default 0, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, primary key ("tenant_id", "migration"));`,
    );
    this.addSql(
      `alter table "platform"."backfills" add constraint "backfills_tenant_id_foreign" foreign key ("tenant_id") references "platform"."tenants" ("id") on update restrict on delete cascade;`,
    );
    this.addSql(
      `create table "platform"."instances" ("id" uuid not null, "host" text not null, "pid" int not null, "build" text not null, "migrations" text[] not null, "started_at" timestamptz(3) not null default clock_timestamp(), "seen_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, primary key ("id"));`,
    );
    this.addSql(beginBackfill);
    this.addSql(forgetBackfill);
    this.addSql(checkContract);
  }

  override down(): void {
    this.addSql(`drop function "platform"."check_contract"(text, text);`);
    this.addSql(`drop function "platform"."forget_backfill"(text);`);
    this.addSql(`drop function "platform"."begin_backfill"(text, text);`);
    this.addSql(`drop table "platform"."instances";`);
    this.addSql(`drop table "platform"."backfills";`);
  }
}
