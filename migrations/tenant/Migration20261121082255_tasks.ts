import { Migration } from '@mikro-orm/migrations';

export class Migration20261121082255_tasks extends Migration {
  override name = 'Migration20261121082255_tasks';

  override up(): void {
    this.addSql(
      `create table "tasks" ("id" uuid not null, "title" text not null, "text" text not null default '', "due_on" date null, "due_order" date generated always as (coalesce(due_on, 'infinity'::date)) stored not null, "priority" text not null default 'NORMAL', "priority_rank" int generated always as (case priority when 'LOW' then 1 when 'NORMAL' then 2 when 'HIGH' then 3 when 'URGENT' then 4 end) stored not null, "tags" text[] not null default '{}', "assignee_id" uuid null, "creator_id" uuid null, "order_id" uuid null, "customer_id" uuid null, "state" text not null default 'OPEN', "completed_at" timestamptz(3) null, "completed_by_id" uuid null, "created_at" timestamptz(3) not null default now(), "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "tasks_due_index" on "tasks" ("state", "due_order", "id");`);
    this.addSql(`create index "tasks_priority_index" on "tasks" ("state", "priority_rank", "id");`);
    this.addSql(`create index "tasks_title_index" on "tasks" ("state", "title", "id");`);
    this.addSql(`create index "tasks_created_index" on "tasks" ("state", "id");`);
    this.addSql(
      `create index "tasks_assignee_index" on "tasks" (assignee_id, state, due_order, id) where assignee_id is not null;`,
    );
    this.addSql(`create index "tasks_unassigned_index" on "tasks" (state, due_order, id) where assignee_id is null;`);
    this.addSql(`create index "tasks_order_index" on "tasks" (order_id, due_order, id) where order_id is not null;`);
    this.addSql(
      `create index "tasks_customer_index" on "tasks" (customer_id, due_order, id) where customer_id is not null;`,
    );
    this.addSql(`create index "tasks_creator_index" on "tasks" (creator_id) where creator_id is not null;`);
    this.addSql(
      `create index "tasks_completed_by_index" on "tasks" (completed_by_id) where completed_by_id is not null;`,
    );
    this.addSql(`create index "tasks_tags_index" on "tasks" using gin (tags);`);

    this.addSql(
      `alter table "tasks" add constraint "tasks_assignee_id_foreign" foreign key ("assignee_id") references "users" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_creator_id_foreign" foreign key ("creator_id") references "users" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_order_id_foreign" foreign key ("order_id") references "orders" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_customer_id_foreign" foreign key ("customer_id") references "customers" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_completed_by_id_foreign" foreign key ("completed_by_id") references "users" ("id") on update restrict on delete restrict;`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_completed_by_check" check (completed_by_id is null or state = 'COMPLETED');`,
    );
    this.addSql(
      `alter table "tasks" add constraint "tasks_completed_check" check ((state = 'COMPLETED') = (completed_at is not null));`,
    );
    this.addSql(`alter table "tasks" add constraint "tasks_tags_check" check (cardinality(tags) <= 20);`);
    this.addSql(`alter table "tasks" add constraint "tasks_title_check" check (btrim(title) <> '');`);
    this.addSql(
      `alter table "tasks" add constraint "tasks_priority_check" check ("priority" in ('LOW', 'NORMAL', 'HIGH', 'URGENT'));`,
    );
    this.addSql(`alter table "tasks" add constraint "tasks_state_check" check ("state" in ('OPEN', 'COMPLETED'));`);

    this.addSql(`alter table "history" drop constraint "history_action_check";`);
    this.addSql(`alter table "history" drop constraint "history_subject_type_check";`);
    this.addSql(
      `alter table "history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED', 'ASSIGNED', 'REOPENED', 'DELETED'));`,
    );
    this.addSql(
      `alter table "history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER', 'TASK'));`,
    );
  }

  override down(): void {
    this.addSql(`drop table "tasks";`);
    // What the table's history says can no longer be said.
    this.addSql(
      `delete from "webhook_deliveries" where "event_id" in (select "id" from "history" where "subject_type" = 'TASK');`,
    );
    this.addSql(`delete from "history" where "subject_type" = 'TASK';`);
    this.addSql(`alter table "history" drop constraint "history_subject_type_check";`);
    this.addSql(`alter table "history" drop constraint "history_action_check";`);
    this.addSql(
      `alter table "history" add constraint "history_subject_type_check" check ("subject_type" in ('CUSTOMER', 'ORDER', 'PRODUCT', 'STOCK_LEVEL', 'STORE', 'USER'));`,
    );
    this.addSql(
      `alter table "history" add constraint "history_action_check" check ("action" in ('CREATED', 'UPDATED', 'RETIRED', 'ADJUSTED', 'ADDRESS_ADDED', 'ADDRESS_REMOVED', 'MERGED', 'ERASED', 'PLACED', 'ITEMS_CHANGED', 'STARTED', 'COMPLETED', 'CANCELLED', 'IMPORTED', 'ACTIVATED', 'DEACTIVATED', 'REACTIVATED'));`,
    );
  }
}
