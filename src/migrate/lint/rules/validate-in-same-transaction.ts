import { alterations, type Rule } from '../rule.js';

export const validateInSameTransaction: Rule = {
  id: 'validate-in-same-transaction',
  severity: 'error',
  title: 'A constraint is added NOT VALID and validated in one transaction',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'The lock of the first statement is held while the second looks at all rows, which NOT VALID should have avoided.',
  safeWay: `-- in one migration
alter table "orders" add constraint "orders_note_check" check (btrim("note") <> '') not valid;
-- in the next one
alter table "orders" validate constraint "orders_note_check";`,
  *check(statement, context) {
    if (!context.isTransactional) {
      return;
    }
    for (const { table, command } of alterations(statement, context, 'AT_ValidateConstraint')) {
      const isAddedHere = [...context.earlier, statement].some(other =>
        alterations(other, context, 'AT_AddConstraint').some(
          added =>
            added.table === table &&
            added.command.def !== undefined &&
            'Constraint' in added.command.def &&
            added.command.def.Constraint.conname === command.name,
        ),
      );
      if (isAddedHere) {
        yield `"${command.name}" is validated behind the lock of "${table}" that adding it took.`;
      }
    }
  },
};
