import { Migration } from '@mikro-orm/migrations';

/** What cannot be executed without rows. */
export class Migration20260101000007_needs_rows extends Migration {
  override async up(): Promise<void> {
    const [first] = await this.execute('select "id" from "notes" limit 1');
    this.addSql(`delete from "notes" where "id" = '${first!.id}'`);
  }
}
