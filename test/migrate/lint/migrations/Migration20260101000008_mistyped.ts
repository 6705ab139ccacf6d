import { Migration } from '@mikro-orm/migrations';

/** What PostgreSQL would not understand. */
export class Migration20260101000008_mistyped extends Migration {
  override up(): void {
    this.addSql(`alter table "notes" add "a" jsonb;`);
    this.addSql(
      `alter table "notes"
         add "b" jsonb,
         ad "c" jsonb;`, // the line of the mistake is told
    );
  }
}
