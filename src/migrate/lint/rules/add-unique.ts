import { addedConstraints, constraintName, type Rule } from '../rule.js';

export const addUnique: Rule = {
  id: 'add-unique',
  severity: 'error',
  title: 'A unique constraint is added without an index made beforehand',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until the whole index is built.',
  safeWay: `-- alone in a first migration, whose isTransactional() gives false
create unique index concurrently "stores_code_unique" on "stores" ("code");
-- in the next one
alter table "stores" add constraint "stores_code_unique" unique using index "stores_code_unique";`,
  *check(statement, context) {
    for (const { table, constraint } of addedConstraints(statement, context, 'CONSTR_UNIQUE')) {
      if (!constraint.indexname) {
        yield `The index of ${constraintName(constraint)} is built while nobody can use "${table}".`;
      }
    }
  },
};
