import { Migration } from '@mikro-orm/migrations';

/** Tells all processes that somebody's role, state or sessions have changed, so that they ask anew who sends a request. */
const announceAccess = `
create function "platform"."announce_access"() returns trigger language plpgsql as $$
begin
  perform pg_notify('pier2_access', json_build_object('schema', tg_table_schema, 'user',
    case tg_table_name when 'users' then to_jsonb(new)->>'id' else to_jsonb(new)->>'user_id' end)::text);
  return null;
end $$`;

/** Tells all processes that a tenant, or a host name of one, has changed. */
const announceTenants = `
create function "platform"."announce_tenants"() returns trigger language plpgsql as $$
begin
  perform pg_notify('pier2_tenants', '');
  return null;
end $$`;

export class Migration20261121074354_tenants_and_people extends Migration {
  override name = 'Migration20261121074354_tenants_and_people';

  override up(): void {
    this.addSql(
      `create table "platform"."mails" ("id" uuid not null, "schema" text not null, "recipient" text not null, "subject" text not null, "body" text not null, "state" text not null default 'PENDING', "attempts" int not null default 0, "created_at" timestamptz(3) not null default now(), "next_attempt_at" timestamptz(3) not null default now(), "last_error" text null, primary key ("id"));`,
    );
    this.addSql(`create index "mails_due_index" on "platform"."mails" (next_attempt_at) where state = 'PENDING';`);

    this.addSql(
      `create table "platform"."tenants" ("id" uuid not null, "name" text not null, "schema" text not null, "state" text not null, "created_at" timestamptz(3) not null default now(), "migration" text null, "registration" jsonb null, primary key ("id"));`,
    );
    this.addSql(`alter table "platform"."tenants" add constraint "tenants_schema_unique" unique ("schema");`);
    this.addSql(`create index "tenants_state_index" on "platform"."tenants" ("state", "name", "id");`);
    this.addSql(`create index "tenants_name_index" on "platform"."tenants" ("name", "id");`);
    this.addSql(`create unique index "tenants_name_unique" on "platform"."tenants" (lower(name collate "und-x-icu"));`);

    this.addSql(
      `create table "platform"."tenant_hosts" ("host" text not null, "tenant_id" uuid not null, primary key ("host"));`,
    );
    this.addSql(`create index "tenant_hosts_tenant_index" on "platform"."tenant_hosts" ("tenant_id", "host");`);

    this.addSql(
      `create table "platform"."throttles" ("key" text not null, "attempts" int not null, "ends_at" timestamptz(3) not null, primary key ("key"));`,
    );
    this.addSql(`create index "throttles_ends_at_index" on "platform"."throttles" ("ends_at");`);

    this.addSql(
      `create table "platform"."users" ("id" uuid not null, "email" text not null, "name" text not null, "password_hash" text null, "role" text not null, "time_zone" text not null default 'UTC', "language" text not null default 'en', "state" text not null default 'INVITED', "created_at" timestamptz(3) not null default now(), "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "users_name_index" on "platform"."users" ("name", "id");`);
    this.addSql(`create unique index "users_email_unique" on "platform"."users" (lower(email collate "und-x-icu"));`);

    this.addSql(
      `create table "platform"."sessions" ("id" uuid not null, "user_id" uuid not null, "created_at" timestamptz(3) not null default now(), "last_used_at" timestamptz(3) not null default now(), "expires_at" timestamptz(3) not null, "ended_at" timestamptz(3) null, "user_agent" text null, "address" text null, primary key ("id"));`,
    );
    this.addSql(`create index "sessions_user_index" on "platform"."sessions" ("user_id", "created_at", "id");`);

    this.addSql(
      `create table "platform"."refresh_tokens" ("hash" text not null, "session_id" uuid not null, "replaced_at" timestamptz(3) null, primary key ("hash"));`,
    );
    this.addSql(`create index "refresh_tokens_session_index" on "platform"."refresh_tokens" ("session_id");`);

    this.addSql(
      `create table "platform"."account_tokens" ("hash" text not null, "user_id" uuid not null, "purpose" text not null, "expires_at" timestamptz(3) not null, primary key ("hash"));`,
    );
    this.addSql(`create index "account_tokens_user_index" on "platform"."account_tokens" ("user_id");`);

    this.addSql(
      `alter table "platform"."mails" add constraint "mails_state_check" check ("state" in ('PENDING', 'SENT', 'DEAD'));`,
    );

    this.addSql(
      `alter table "platform"."tenants" add constraint "tenants_schema_check" check (schema ~ '^[a-z_][a-z0-9_]*\$' and octet_length(schema) <= 63);`,
    );
    this.addSql(`alter table "platform"."tenants" add constraint "tenants_name_check" check (btrim(name) <> '');`);
    this.addSql(
      `alter table "platform"."tenants" add constraint "tenants_state_check" check ("state" in ('PROVISIONING', 'ACTIVE', 'SUSPENDED', 'REMOVING'));`,
    );

    this.addSql(
      `alter table "platform"."tenant_hosts" add constraint "tenant_hosts_tenant_id_foreign" foreign key ("tenant_id") references "platform"."tenants" ("id") on update restrict on delete cascade;`,
    );
    this.addSql(
      `alter table "platform"."tenant_hosts" add constraint "tenant_hosts_host_check" check (host = lower(host) and host ~ '^[a-z0-9.-]+\$');`,
    );

    this.addSql(
      `alter table "platform"."users" add constraint "users_password_check" check (state <> 'ACTIVE' or password_hash is not null);`,
    );
    this.addSql(`alter table "platform"."users" add constraint "users_name_check" check (btrim(name) <> '');`);
    this.addSql(
      `alter table "platform"."users" add constraint "users_email_check" check (email ~ '^[^@[:space:]]+@[^@[:space:]]+\$');`,
    );
    this.addSql(
      `alter table "platform"."users" add constraint "users_role_check" check ("role" in ('OWNER', 'MANAGER', 'CLERK', 'ANALYST', 'OPERATOR'));`,
    );
    this.addSql(
      `alter table "platform"."users" add constraint "users_state_check" check ("state" in ('INVITED', 'ACTIVE', 'DEACTIVATED'));`,
    );

    this.addSql(
      `alter table "platform"."sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "platform"."users" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "platform"."refresh_tokens" add constraint "refresh_tokens_session_id_foreign" foreign key ("session_id") references "platform"."sessions" ("id") on update restrict on delete cascade;`,
    );

    this.addSql(
      `alter table "platform"."account_tokens" add constraint "account_tokens_user_id_foreign" foreign key ("user_id") references "platform"."users" ("id") on update restrict on delete cascade;`,
    );
    this.addSql(
      `alter table "platform"."account_tokens" add constraint "account_tokens_purpose_check" check ("purpose" in ('ACTIVATE', 'RESET_PASSWORD'));`,
    );
    this.addSql(`alter table "platform"."users" add constraint "users_operator_check" check (role = 'OPERATOR');`);

    this.addSql(announceAccess);
    this.addSql(
      `create trigger "users_announce_trigger" after update on "platform"."users" for each row when (old.* is distinct from new.*) execute function "platform"."announce_access"();`,
    );
    this.addSql(
      `create trigger "sessions_announce_trigger" after update of "ended_at" on "platform"."sessions" for each row when (new.ended_at is not null) execute function "platform"."announce_access"();`,
    );

    this.addSql(announceTenants);
    for (const table of ['tenants', 'tenant_hosts']) {
      this.addSql(
        `create trigger "${table}_announce_trigger" after insert or update or delete on "platform"."${table}" for each statement execute function "platform"."announce_tenants"();`,
      );
    }
    // The shop that serves when none is named, of which an installation for one shop needs to know nothing.
    this.addSql(
      `insert into "platform"."tenants" ("id", "name", "schema", "state") values ('01941f29-7c00-7000-8000-000000000001', 'default', 'public', 'ACTIVE');`,
    );
  }

  override down(): void {
    for (const table of [
      'tenant_hosts',
      'tenants',
      'mails',
      'throttles',
      'account_tokens',
      'refresh_tokens',
      'sessions',
      'users',
    ]) {
      this.addSql(`drop table "platform"."${table}";`);
    }
    this.addSql(`drop function "platform"."announce_tenants"();`);
    this.addSql(`drop function "platform"."announce_access"();`);
  }
}
