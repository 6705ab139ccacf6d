import { addedConstraints, constraintName, type Rule } from '../rule.js';

export const addExclusion: Rule = {
  id: 'add-exclusion',
  severity: 'error',
  title: 'An exclusion constraint is added to a table with rows',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until its index is built, and PostgreSQL takes no index made beforehand.',
  safeWay: `-- a new table that has the constraint from its start, filled in batches, takes the old one's place
create table "bookings_next" (like "bookings" including all, exclude using gist ("during" with &&));`,
  *check(statement, context) {
    for (const { table, constraint } of addedConstraints(statement, context, 'CONSTR_EXCLUSION')) {
      yield `The index of ${constraintName(constraint)} is built while nobody can use "${table}".`;
    }
  },
};
