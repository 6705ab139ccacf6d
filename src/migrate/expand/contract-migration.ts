import { Migration } from '@mikro-orm/migrations';
import { type ExpandMigration, nameOf } from './expand-migration.js';
import { contractStatements, uncontractStatements } from './statements.js';

/**
 * Takes away the column that an {@link ExpandMigration} has replaced. It refuses to run for a tenant whose rows are not
 * filled, and while a process is alive whose build does not use the new columns, so it comes with a later build.
 */
export abstract class ContractMigration extends Migration {
  abstract readonly expansion: new (...args: ConstructorParameters<typeof Migration>) => ExpandMigration;

  /**
   * A migration that came with the build whose programs use the new columns, where that was a later one than the
   * build of the expansion.
   */
  readonly switchedWith?: string;

  /** The names of the migration that it completes, and of the one that all programs have to know. */
  get needs(): { expansion: string; switched: string } {
    const expansion = nameOf(this.#expanded());
    return { expansion, switched: this.switchedWith ?? expansion };
  }

  override up(): void {
    const { expansion, switched } = this.needs;
    contractStatements(this.#expanded().change, expansion, switched).forEach(statement => this.addSql(statement));
  }

  override down(): void {
    uncontractStatements(this.#expanded().change).forEach(statement => this.addSql(statement));
  }

  #expanded(): ExpandMigration {
    return new this.expansion(this.driver, this.config);
  }
}
