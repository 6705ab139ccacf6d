import { tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const refreshView: Rule = {
  id: 'refresh-view',
  severity: 'error',
  title: 'A materialized view is refreshed without CONCURRENTLY',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read the view until its query has run.',
  safeWay: `-- it needs a unique index over columns of the view
refresh materialized view concurrently "order_totals";`,
  *check({ node }, { isNew }) {
    if ('RefreshMatViewStmt' in node && !node.RefreshMatViewStmt.concurrent) {
      const view = tableName(node.RefreshMatViewStmt.relation!);
      if (!isNew(view)) {
        yield `"${view}" is filled while nobody can read it.`;
      }
    }
  },
};
