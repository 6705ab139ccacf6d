import { Migration } from '@mikro-orm/migrations';
import type { ColumnChange } from './column-change.js';
import { expandStatements, unexpandStatements } from './statements.js';

/**
 * Adds the columns that replace another one, and keeps both in step whichever of them a program writes. It comes with the
 * build whose programs use the new columns. See docs/expand-and-contract.md.
 */
export abstract class ExpandMigration extends Migration {
  abstract readonly change: ColumnChange;

  override up(): void {
    expandStatements(this.change, nameOf(this)).forEach(statement => this.addSql(statement));
  }

  override down(): void {
    unexpandStatements(this.change, nameOf(this)).forEach(statement => this.addSql(statement));
  }
}

/** The name by which a migration is noted. */
export function nameOf(migration: Migration): string {
  return migration.name ?? migration.constructor.name;
}
