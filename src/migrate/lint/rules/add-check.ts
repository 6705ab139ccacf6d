import { addedConstraints, constraintName, type Rule } from '../rule.js';

export const addCheck: Rule = {
  id: 'add-check',
  severity: 'error',
  title: 'A check is added without NOT VALID',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until each row is checked.',
  safeWay: `alter table "orders" add constraint "orders_note_check" check (btrim("note") <> '') not valid;
-- in the next migration
alter table "orders" validate constraint "orders_note_check";`,
  *check(statement, context) {
    for (const { table, constraint } of addedConstraints(statement, context, 'CONSTR_CHECK')) {
      if (!constraint.skip_validation) {
        yield `The rows of "${table}" are checked against ${constraintName(constraint)} while nobody can use it.`;
      }
    }
  },
};
