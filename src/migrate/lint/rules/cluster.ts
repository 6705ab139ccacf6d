import { tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const cluster: Rule = {
  id: 'cluster',
  severity: 'error',
  title: 'CLUSTER',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew in another order.',
  safeWay: `-- an index that has what is read along gives the order without it
create index concurrently "orders_store_status_index" on "orders" ("store_id", "placed_at") include ("status");`,
  *check({ node }, { isNew }) {
    if ('ClusterStmt' in node) {
      const { relation } = node.ClusterStmt;
      if (!relation || !isNew(tableName(relation))) {
        yield `CLUSTER writes ${relation ? `"${tableName(relation)}"` : 'all tables'} anew while nobody can use it.`;
      }
    }
  },
};
