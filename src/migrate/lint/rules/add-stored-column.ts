import { columnConstraint } from '../ast.js';
import { alterations, type Rule } from '../rule.js';

export const addStoredColumn: Rule = {
  id: 'add-stored-column',
  severity: 'error',
  title: 'A stored generated column is added to a table with rows',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew.',
  safeWay: `-- a plain column that a trigger keeps, whose old rows are filled in batches
alter table "orders" add "note_length" int;`,
  *check(statement, context) {
    for (const { table, column } of alterations(statement, context, 'AT_AddColumn')) {
      if (columnConstraint(column!, 'CONSTR_GENERATED')?.generated_kind === 's') {
        yield `All rows of "${table}" are written anew to store "${column!.colname}".`;
      }
    }
  },
};
