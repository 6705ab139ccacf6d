import { Migration } from '@mikro-orm/migrations';

// pier2:allow json-column the comment stands above the text
const above = `alter table "notes" add "e" json;`;

/** Each way to say that something is right as it is. */
export class Migration20260101000003_allowed extends Migration {
  override up(): void {
    this.addSql(`alter table "notes" add "a" json; -- pier2:allow json-column nobody compares these`);
    this.addSql(`
      -- pier2:allow json-column the comment stands before the statement
      alter table "notes" add "b" json;
      alter table "notes" /* pier2:allow json-column it stands within */ add "c" json;
    `);
    this.addSql(`alter table "notes" add "d" json;`); // pier2:allow json-column it stands at the end of the line
    this.addSql(above);
    // pier2:allow json-column it stands above, for each of the columns
    // pier2:allow long-identifier and so does another
    this.addSql(`alter table "notes" add "${'f'.repeat(70)}" json, add "g" json;`);
    this.addSql(
      // pier2:allow json-column it stands within the call
      `alter table "notes" add "h" json;`,
    );
  }
}
