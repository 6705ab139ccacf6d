import { Migration } from '@mikro-orm/migrations';

/** Tells all processes that a mail is to be sent. */
const announceMails = `
create function "platform"."announce_mails"() returns trigger language plpgsql as $$
begin
  perform pg_notify('pier2_mails', new.id::text);
  return null;
end $$`;

export class Migration20261121081335_staff extends Migration {
  override name = 'Migration20261121081335_staff';

  override up(): void {
    this.addSql(
      `create table "platform"."history" ("id" uuid not null, "subject_type" text not null, "subject" uuid not null, "version" int not null, "at" timestamptz(3) not null default clock_timestamp(), "actor" text not null, "user_id" uuid null, "action" text not null, "changes" jsonb not null, primary key ("id"));`,
    );
    this.addSql(`create index "history_at_index" on "platform"."history" using brin (at);`);
    this.addSql(
      `alter table "platform"."history" add constraint "history_subject_version_unique" unique ("subject", "version");`,
    );

    this.addSql(`create index "users_role_index" on "platform"."users" ("role", "name", "id");`);
    this.addSql(`create index "users_state_index" on "platform"."users" ("state", "name", "id");`);

    this.addSql(
      `alter table "platform"."history" add constraint "history_user_id_foreign" foreign key ("user_id") references "platform"."users" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "platform"."history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER', 'TASK'));`,
    );
    this.addSql(
      `alter table "platform"."history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED', 'ASSIGNED', 'REOPENED', 'DELETED'));`,
    );

    this.addSql(announceMails);
    this.addSql(
      `create trigger "mails_announce_trigger" after insert on "platform"."mails" for each row execute function "platform"."announce_mails"();`,
    );
  }

  override down(): void {
    this.addSql(`drop trigger "mails_announce_trigger" on "platform"."mails";`);
    this.addSql(`drop function "platform"."announce_mails"();`);
    this.addSql(`drop table "platform"."history";`);

    this.addSql(`drop index "platform"."users_role_index";`);
    this.addSql(`drop index "platform"."users_state_index";`);
  }
}
