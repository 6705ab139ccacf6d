import { Migration } from '@mikro-orm/migrations';

export class Migration20261121081331_staff extends Migration {
  override name = 'Migration20261121081331_staff';

  override up(): void {
    this.addSql(`create index "users_role_index" on "users" ("role", "name", "id");`);
    this.addSql(`create index "users_state_index" on "users" ("state", "name", "id");`);

    this.addSql(`alter table "history" drop constraint "history_action_check";`);
    this.addSql(`alter table "history" drop constraint "history_subject_type_check";`);
    this.addSql(
      `alter table "history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED'));`,
    );
    this.addSql(
      `alter table "history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER'));`,
    );
  }

  override down(): void {
    // The version before has no history of users.
    this.addSql(
      `delete from "webhook_deliveries" where "event_id" in (select "id" from "history" where "subject_type" = 'USER');`,
    );
    this.addSql(`delete from "history" where "subject_type" = 'USER';`);

    this.addSql(`alter table "history" drop constraint "history_subject_type_check";`);
    this.addSql(`alter table "history" drop constraint "history_action_check";`);
    this.addSql(
      `alter table "history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE'));`,
    );
    this.addSql(
      `alter table "history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED'));`,
    );

    this.addSql(`drop index "users_role_index";`);
    this.addSql(`drop index "users_state_index";`);
  }
}
