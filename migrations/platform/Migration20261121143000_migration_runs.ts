import { Migration } from '@mikro-orm/migrations';

/** What is known of migrations, for those who run them. */
export class Migration20261121143000_migration_runs extends Migration {
  override name = 'Migration20261121143000_migration_runs';

  override up(): void {
    this.addSql(
      `create table "platform"."migration_runs" ("id" uuid not null, "verb" text not null, "hash" text not null, "target" text null, "of_all" boolean not null, "started_at" timestamptz(3) not null default now(), "ended_at" timestamptz(3) null, "complete" boolean not null default false, "migrated" int not null default 0, "failed" int not null default 0, "left_out" int not null default 0, "error" text null, primary key ("id"), constraint "migration_runs_verb_check" check (verb in ('apply', 'down')));`,
    );
    this.addSql(`create index "migration_runs_started_at_index" on "platform"."migration_runs" ("started_at");`);

    this.addSql(
      `create table "platform"."tenant_migrations" ("tenant_id" uuid not null, "migration" text null, "migrated_at" timestamptz(3) null, "milliseconds" int null, "failed_migration" text null, "failure" text null, "failed_at" timestamptz(3) null, "drift" text null, "drift_seen_at" timestamptz(3) null, primary key ("tenant_id"));`,
    );
    this.addSql(
      `alter table "platform"."tenant_migrations" add constraint "tenant_migrations_tenant_id_foreign" foreign key ("tenant_id") references "platform"."tenants" ("id") on update restrict on delete cascade;`,
    );

    this.addSql(
      `create table "platform"."schema_fingerprints" ("key" text not null, "fingerprint" text not null, "made_at" timestamptz(3) not null default now(), primary key ("key"));`,
    );
  }

  override down(): void {
    this.addSql(`drop table "platform"."schema_fingerprints";`);
    this.addSql(`drop table "platform"."tenant_migrations";`);
    this.addSql(`drop table "platform"."migration_runs";`);
  }
}
