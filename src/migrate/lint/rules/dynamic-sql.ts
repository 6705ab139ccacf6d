import type { Rule } from '../rule.js';

export const dynamicSql: Rule = {
  id: 'dynamic-sql',
  severity: 'warning',
  title: 'A DO block executes SQL that it builds itself',
  danger: 'What it will do depends on the database, so neither this check nor a reviewer can tell.',
  safeWay: `-- build the statements in the migration's class, where they are recorded and checked
alter table "orders" add "channel" text;`,
  *check({ node, hasDynamicSql }) {
    if ('DoStmt' in node && hasDynamicSql) {
      yield 'This block executes SQL that it builds itself, which cannot be checked.';
    }
  },
};
