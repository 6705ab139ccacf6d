import { droppedConstraints, nameParts } from '../ast.js';
import { addedConstraints, alterations, type Rule } from '../rule.js';

export const setNotNull: Rule = {
  id: 'set-not-null',
  severity: 'error',
  title: 'SET NOT NULL without a validated check that says so',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows are looked at for nulls.',
  safeWay: `alter table "orders" add constraint "orders_note_not_null" check ("note" is not null) not valid;
-- in the next migration
alter table "orders" validate constraint "orders_note_not_null";
-- in the one after it, which then looks at no row
alter table "orders" alter column "note" set not null;
-- in a statement of its own: dropped in the same one, it would prove nothing
alter table "orders" drop constraint "orders_note_not_null";`,
  *check(statement, context) {
    const columns = [
      ...alterations(statement, context, 'AT_SetNotNull').map(({ table, command }) => ({
        table,
        column: command.name!,
      })),
      // PostgreSQL 18 knows such constraints by name, and can add them NOT VALID too.
      ...addedConstraints(statement, context, 'CONSTR_NOTNULL')
        .filter(({ constraint, column }) => !column && !constraint.skip_validation)
        .map(({ table, constraint }) => ({ table, column: nameParts(constraint.keys)[0]! })),
    ];
    for (const { table, column } of columns) {
      if (!context.catalogue.isProvenNotNull(table, column, droppedConstraints(statement.node))) {
        yield `All rows of "${table}" are looked at for a null in "${column}" while nobody can use it.`;
      }
    }
  },
};
