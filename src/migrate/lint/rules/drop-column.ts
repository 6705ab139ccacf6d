import { alterations, type Rule } from '../rule.js';

export const dropColumn: Rule = {
  id: 'drop-column',
  severity: 'error',
  title: 'A column is dropped',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'Programs that run and know the column fail until the last of them is gone, and its values are gone for good.',
  safeWay: `-- first a release whose programs do not know the column; when none of before is left, its migration drops it and says so
-- (a column that others replace goes by a ContractMigration, which looks at that itself: docs/expand-and-contract.md)
alter table "orders" drop column "note"; -- pier2:allow drop-column no program reads it since the last release`,
  onlyUp: true,
  *check(statement, context) {
    for (const { table, command } of alterations(statement, context, 'AT_DropColumn')) {
      yield `Programs that know "${command.name}" of "${table}" fail from now on, and its values are gone.`;
    }
  },
};
