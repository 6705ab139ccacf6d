import { Migration } from '@mikro-orm/migrations';

export class Migration20261121105938_history_of_tenants extends Migration {
  override name = 'Migration20261121105938_history_of_tenants';

  override up(): void {
    this.addSql(`alter table "platform"."tenants" add "version" int not null default 1;`);

    this.addSql(`alter table "platform"."history" drop constraint "history_action_check";`);
    this.addSql(`alter table "platform"."history" drop constraint "history_subject_type_check";`);
    this.addSql(
      `alter table "platform"."history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED', 'ASSIGNED', 'REOPENED', 'DELETED', 'SUSPENDED', 'RESUMED'));`,
    );
    this.addSql(
      `alter table "platform"."history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER', 'TASK', 'TENANT'));`,
    );
  }

  override down(): void {
    // What can no longer be said.
    this.addSql(`delete from "platform"."history" where "subject_type" = 'TENANT';`);
    this.addSql(`alter table "platform"."history" drop constraint "history_subject_type_check";`);
    this.addSql(`alter table "platform"."history" drop constraint "history_action_check";`);
    this.addSql(
      `alter table "platform"."history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER', 'TASK'));`,
    );
    this.addSql(
      `alter table "platform"."history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED', 'ASSIGNED', 'REOPENED', 'DELETED'));`,
    );

    this.addSql(`alter table "platform"."tenants" drop column "version";`);
  }
}
