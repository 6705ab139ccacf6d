import { booleanOption, tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const reindex: Rule = {
  id: 'reindex',
  severity: 'error',
  title: 'Indexes are built again without CONCURRENTLY',
  lock: 'SHARE',
  danger: 'Nobody can write to the table until it is done, nor read by an index that is being built.',
  safeWay: `-- alone in its migration, whose isTransactional() gives false
reindex index concurrently "orders_store_index";`,
  *check({ node }) {
    if ('ReindexStmt' in node && !booleanOption(node.ReindexStmt.params, 'concurrently')) {
      const { relation, name } = node.ReindexStmt;
      yield `REINDEX of "${relation ? tableName(relation) : (name ?? 'the database')}" keeps others from writing, and from reading by the index.`;
    }
  },
};
