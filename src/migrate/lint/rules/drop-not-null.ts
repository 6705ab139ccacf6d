import { alterations, type Rule } from '../rule.js';

export const dropNotNull: Rule = {
  id: 'drop-not-null',
  severity: 'warning',
  title: 'A column may be null from now on',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Programs that run do not expect a null there, and the first one keeps NOT NULL from coming back.',
  safeWay: `-- first a release whose programs can read a null; then the migration says so
alter table "orders" alter column "note" drop not null; -- pier2:allow drop-not-null read as empty since the last release`,
  onlyUp: true,
  *check(statement, context) {
    for (const { table, command } of alterations(statement, context, 'AT_DropNotNull')) {
      yield `Programs that run do not expect a null in "${command.name}" of "${table}".`;
    }
  },
};
