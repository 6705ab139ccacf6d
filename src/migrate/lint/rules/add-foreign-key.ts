import { columnConstraint, tableName } from '../ast.js';
import { addedConstraints, constraintName, type Rule } from '../rule.js';

export const addForeignKey: Rule = {
  id: 'add-foreign-key',
  severity: 'error',
  title: 'A foreign key is added without NOT VALID',
  lock: 'SHARE ROW EXCLUSIVE',
  danger: 'Nobody can write to either table until each row is looked up.',
  safeWay: `alter table "orders" add constraint "orders_store_id_foreign" foreign key ("store_id") references "stores" ("id") not valid;
-- in the next migration
alter table "orders" validate constraint "orders_store_id_foreign";`,
  *check(statement, context) {
    for (const { table, constraint, column } of addedConstraints(statement, context, 'CONSTR_FOREIGN')) {
      // The nulls of a new column without a default refer to nothing, and PostgreSQL does not look.
      const hasValues = !column || columnConstraint(column, 'CONSTR_DEFAULT', 'CONSTR_GENERATED');
      if (!constraint.skip_validation && hasValues) {
        const other = tableName(constraint.pktable!);
        yield `${capitalised(constraintName(constraint))} is checked while nobody can write to "${table}" or "${other}".`;
      }
    }
  },
};

function capitalised(text: string): string {
  return text.replace(/^a/, 'A');
}
