import { Migration } from '@mikro-orm/migrations';

/** What landed before there were rules: it is only read for what it makes. */
export class Migration20260101000001_notes extends Migration {
  override up(): void {
    this.addSql(`create table "notes" ("id" uuid primary key, "text" varchar(100), "price" numeric(10, 2));`);
    this.addSql(`create table "authors" ("id" uuid primary key, "name" text not null);`);
    this.addSql(`create index "authors_name_index" on "authors" ("name");`);
    this.addSql(`alter table "authors" rename to "writers";`);
  }
}
