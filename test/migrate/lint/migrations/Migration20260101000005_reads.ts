import { raw } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';

/** What it reads has no rows while it is recorded. */
export class Migration20260101000005_reads extends Migration {
  override async up(): Promise<void> {
    const found = await this.execute('select 1 from "notes" limit 1');
    if (found.length === 0) {
      this.addSql(`alter table "notes" add "a" json`); // finds json-column
    }
    this.addSql(raw('alter table "notes" add "b" json default ?', ['{}'])); // finds json-column
    await this.getEntityManager().execute('truncate "notes"'); // finds truncate
  }

  override down(): void {
    throw new Error('This cannot be undone.');
  }
}
