import { nameParts } from '../ast.js';
import { addedConstraints, type Rule } from '../rule.js';

export const addPrimaryKey: Rule = {
  id: 'add-primary-key',
  severity: 'error',
  title: 'A primary key is added without an index made beforehand, or over columns that may be null',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until the index is built and all rows are looked at for nulls.',
  safeWay: `-- alone in a first migration, whose isTransactional() gives false
create unique index concurrently "notes_pkey" on "notes" ("id");
-- in the next ones, as set-not-null says
alter table "notes" add constraint "notes_id_not_null" check ("id" is not null) not valid;
alter table "notes" validate constraint "notes_id_not_null";
alter table "notes" add constraint "notes_pkey" primary key using index "notes_pkey";`,
  *check(statement, context) {
    for (const { table, constraint } of addedConstraints(statement, context, 'CONSTR_PRIMARY')) {
      const { catalogue } = context;
      if (!constraint.indexname) {
        yield `The index of the primary key is built while nobody can use "${table}".`;
        continue;
      }
      const columns = catalogue.index(constraint.indexname)?.columns ?? nameParts(constraint.keys);
      for (const column of columns.filter(name => !catalogue.isProvenNotNull(table, name))) {
        yield `All rows of "${table}" are looked at for a null in "${column}" while nobody can use it.`;
      }
    }
  },
};
