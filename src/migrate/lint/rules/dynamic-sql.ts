import type { Rule } from '../rule.js';

export const dynamicSql: Rule = {
  id: 'dynamic-sql',
  severity: 'warning',
  title: 'A DO block executes SQL that it builds itself, or is in another language than PL/pgSQL',
  danger: 'What it will do depends on the database, so neither this check nor a reviewer can tell.',
  safeWay: `-- build the statements in the migration's class, where they are recorded and checked
alter table "orders" add "channel" text;`,
  *check({ node, hasDynamicSql }) {
    if ('DoStmt' in node && hasDynamicSql) {
      yield 'What this block executes cannot be told from its text.';
    }
  },
};
