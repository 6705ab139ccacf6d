import { Migration } from '@mikro-orm/migrations';

/** What must not run in a transaction. */
export class Migration20260101000006_alone extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`create index concurrently "notes_a_index" on "notes" ("text");`);
  }

  override down(): void {
    this.addSql(`drop index concurrently "notes_a_index";`);
  }
}
