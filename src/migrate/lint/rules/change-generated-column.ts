import { alterations, type Rule } from '../rule.js';

export const changeGeneratedColumn: Rule = {
  id: 'change-generated-column',
  severity: 'error',
  title: 'The expression of a generated column is changed',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew.',
  safeWay: `-- a new column beside it, filled in batches, to which the programs go over
alter table "orders" add "note_length_next" int;`,
  *check(statement, context) {
    for (const { table, command } of alterations(statement, context, 'AT_SetExpression')) {
      yield `All rows of "${table}" are written anew for "${command.name}".`;
    }
  },
};
