import { Migration } from '@mikro-orm/migrations';

export class Migration20261121013813_countries extends Migration {
  override name = 'Migration20261121013813_countries';

  override up(): void {
    this.addSql(`create schema if not exists "platform";`);
    this.addSql(
      `create table "platform"."countries" ("iso2_code" text not null, "iso3_code" text not null, "numeric_code" text not null, "name" text not null, primary key ("iso2_code"));`,
    );
    this.addSql(`alter table "platform"."countries" add constraint "countries_iso3_code_unique" unique ("iso3_code");`);
    this.addSql(
      `alter table "platform"."countries" add constraint "countries_numeric_code_unique" unique ("numeric_code");`,
    );
    this.addSql(`create index "countries_name_index" on "platform"."countries" ("name", "iso2_code");`);
    this.addSql(`alter table "platform"."countries" add constraint "countries_name_check" check (btrim(name) <> '');`);
    this.addSql(
      `alter table "platform"."countries" add constraint "countries_numeric_code_check" check (numeric_code ~ '^[0-9]{3}\$');`,
    );
    this.addSql(
      `alter table "platform"."countries" add constraint "countries_iso3_code_check" check (iso3_code ~ '^[A-Z]{3}\$');`,
    );
    this.addSql(
      `alter table "platform"."countries" add constraint "countries_iso2_code_check" check (iso2_code ~ '^[A-Z]{2}\$');`,
    );
  }

  override down(): void {
    this.addSql(`drop table "platform"."countries";`);
  }
}
