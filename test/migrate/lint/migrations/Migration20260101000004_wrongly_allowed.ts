import { Migration } from '@mikro-orm/migrations';

/** What does not silence anything is found itself. */
export class Migration20260101000004_wrongly_allowed extends Migration {
  override up(): void {
    this.addSql(`alter table "notes" add "a" json`); // pier2:allow json-column
    // pier2:allow add-index there is none
    this.addSql(`alter table "notes" add "b" jsonb`);
    this.addSql(`alter table "notes" add "c" jsonb; -- pier2:allow no-such-rule because`);
    this.addSql(`
      alter table "notes" add "d" json; -- pier2:allow json-column this is of the first alone
      alter table "notes" add "e" json;
    `);
  }
}
