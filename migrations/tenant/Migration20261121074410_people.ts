import { Migration } from '@mikro-orm/migrations';

/** Tells all processes that somebody's role, state or sessions have changed, so that they ask anew who sends a request. */
const announceAccess = `
create function "announce_access"() returns trigger language plpgsql as $$
begin
  perform pg_notify('pier2_access', json_build_object('schema', tg_table_schema, 'user',
    case tg_table_name when 'users' then to_jsonb(new)->>'id' else to_jsonb(new)->>'user_id' end)::text);
  return null;
end $$`;

export class Migration20261121074410_people extends Migration {
  override name = 'Migration20261121074410_people';

  override up(): void {
    this.addSql(
      `create table "users" ("id" uuid not null, "email" text not null, "name" text not null, "password_hash" text null, "role" text not null, "time_zone" text not null default 'UTC', "language" text not null default 'en', "state" text not null default 'INVITED', "created_at" timestamptz(3) not null default now(), "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "users_name_index" on "users" ("name", "id");`);
    this.addSql(`create unique index "users_email_unique" on "users" (lower(email collate "und-x-icu"));`);

    this.addSql(
      `create table "sessions" ("id" uuid not null, "user_id" uuid not null, "created_at" timestamptz(3) not null default now(), "last_used_at" timestamptz(3) not null default now(), "expires_at" timestamptz(3) not null, "ended_at" timestamptz(3) null, "user_agent" text null, "address" text null, primary key ("id"));`,
    );
    this.addSql(`create index "sessions_user_index" on "sessions" ("user_id", "created_at", "id");`);

    this.addSql(
      `create table "refresh_tokens" ("hash" text not null, "session_id" uuid not null, "replaced_at" timestamptz(3) null, primary key ("hash"));`,
    );
    this.addSql(`create index "refresh_tokens_session_index" on "refresh_tokens" ("session_id");`);

    this.addSql(
      `create table "account_tokens" ("hash" text not null, "user_id" uuid not null, "purpose" text not null, "expires_at" timestamptz(3) not null, primary key ("hash"));`,
    );
    this.addSql(`create index "account_tokens_user_index" on "account_tokens" ("user_id");`);

    this.addSql(`alter table "history" add "user_id" uuid null;`);
    this.addSql(
      `alter table "history" add constraint "history_user_id_foreign" foreign key ("user_id") references "users" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "users" add constraint "users_password_check" check (state <> 'ACTIVE' or password_hash is not null);`,
    );
    this.addSql(`alter table "users" add constraint "users_name_check" check (btrim(name) <> '');`);
    this.addSql(
      `alter table "users" add constraint "users_email_check" check (email ~ '^[^@[:space:]]+@[^@[:space:]]+\$');`,
    );
    this.addSql(
      `alter table "users" add constraint "users_role_check" check ("role" in ('OWNER', 'MANAGER', 'CLERK', 'ANALYST', 'OPERATOR'));`,
    );
    this.addSql(
      `alter table "users" add constraint "users_state_check" check ("state" in ('INVITED', 'ACTIVE', 'DEACTIVATED'));`,
    );

    this.addSql(
      `alter table "sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on update restrict on delete restrict;`,
    );

    this.addSql(
      `alter table "refresh_tokens" add constraint "refresh_tokens_session_id_foreign" foreign key ("session_id") references "sessions" ("id") on update restrict on delete cascade;`,
    );

    this.addSql(
      `alter table "account_tokens" add constraint "account_tokens_user_id_foreign" foreign key ("user_id") references "users" ("id") on update restrict on delete cascade;`,
    );
    this.addSql(
      `alter table "account_tokens" add constraint "account_tokens_purpose_check" check ("purpose" in ('ACTIVATE', 'RESET_PASSWORD'));`,
    );
    this.addSql(`alter table "users" add constraint "users_operator_check" check (role <> 'OPERATOR');`);

    this.addSql(announceAccess);
    this.addSql(
      `create trigger "users_announce_trigger" after update on "users" for each row when (old.* is distinct from new.*) execute function "announce_access"();`,
    );
    this.addSql(
      `create trigger "sessions_announce_trigger" after update of "ended_at" on "sessions" for each row when (new.ended_at is not null) execute function "announce_access"();`,
    );
  }

  override down(): void {
    this.addSql(`alter table "history" drop column "user_id";`);
    for (const table of ['account_tokens', 'refresh_tokens', 'sessions', 'users']) {
      this.addSql(`drop table "${table}";`);
    }
    this.addSql(`drop function "announce_access"();`);
  }
}
