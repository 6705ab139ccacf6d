import { Migration } from '@mikro-orm/migrations';

const checks = `
alter table "notes" add constraint "notes_money_check" check ("text" ~ '^\$[0-9]+\\.') not valid;
-- a comment with the word é and an ' alone
alter table "notes" add constraint "notes_text_check" check ("text" <> ''); -- finds add-check
alter table "notes" add constraint "notes_price_check" check ("price" > 0) not valid;`;

const addColumn = (name: string) => `alter table "notes" add "${name}" json`;

/** Where findings are told: at the statement's text where that stands in the file, else at the call that runs it. */
export class Migration20260101000002_places extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create index "notes_text_index" on "notes" ("text");`); // finds add-index
    this.addSql(checks);
    for (const column of ['a', 'b']) {
      this.addSql(addColumn(column)); // finds json-column, json-column
    }
    this.#addIndex('price');
    this.addSql(
      `alter table "notes" alter column "text" type text, alter column "price" type numeric(12, 4);`, // finds change-column-type, change-column-type
    );
    await this.execute('delete from "notes" where "price" = ?', [1]); // finds bulk-write
  }

  #addIndex(column: string): void {
    this.addSql(`create index "notes_${column}_index" on "notes" ("${column}")`); // finds add-index, behind-exclusive-lock
  }

  /** What it takes back is no finding, but what takes long is. */
  override down(): void {
    this.addSql(`drop index "notes_text_index";`);
    this.addSql(`drop index "notes_price_index";`);
    this.addSql(`alter table "notes" drop column "a", drop column "b";`);
    this.addSql(`alter table "notes" alter column "price" type numeric(10, 2);`); // finds change-column-type
  }
}
