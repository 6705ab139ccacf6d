import { alterations, type Rule } from '../rule.js';

export const moveTable: Rule = {
  id: 'move-table',
  severity: 'error',
  title: 'A table goes to another tablespace or access method',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows are written anew.',
  safeWay: `-- a new table there, filled in batches, takes the old one's place
create table "orders_next" (like "orders" including all) tablespace "fast";`,
  *check(statement, context) {
    for (const { table } of alterations(statement, context, 'AT_SetTableSpace', 'AT_SetAccessMethod')) {
      yield `All rows of "${table}" are written anew while nobody can use it.`;
    }
  },
};
