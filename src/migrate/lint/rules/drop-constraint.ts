import type { Catalogue } from '../catalogue.js';
import { alterations, type Rule } from '../rule.js';

export const dropConstraint: Rule = {
  id: 'drop-constraint',
  severity: 'warning',
  title: 'A constraint is dropped, and none of its name is added in its place',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'From now on rows may come that programs do not expect, and such rows keep the constraint from coming back. That of a foreign key also locks the other table.',
  safeWay: `-- what a check said, as far as it should still hold, goes in first under another name
alter table "orders" add constraint "orders_note_length_check" check (length("note") < 1000) not valid;`,
  onlyUp: true,
  *check(statement, context) {
    for (const { table, command } of alterations(statement, context, 'AT_DropConstraint')) {
      const isReplaced = context.statements.some(other =>
        alterations(other, context, 'AT_AddConstraint').some(
          ({ table: its, command: { def } }) =>
            its === table && def !== undefined && 'Constraint' in def && def.Constraint.conname === command.name,
        ),
      );
      if (!isReplaced && !isSaidByColumn(table, command.name!, context.catalogue)) {
        yield `Nothing holds "${command.name}" of "${table}" any more.`;
      }
    }
  },
};

/** Whether a constraint is a check that a column is not null, which by now says so itself. */
function isSaidByColumn(table: string, name: string, { tables }: Catalogue): boolean {
  const { expression, columns = [] } = tables.get(table)?.constraints.get(name) ?? {};
  return (
    expression !== undefined &&
    'NullTest' in expression &&
    columns.every(column => tables.get(table)?.columns.get(column)?.isNotNull)
  );
}
