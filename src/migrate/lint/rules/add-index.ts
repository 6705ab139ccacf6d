import { tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const addIndex: Rule = {
  id: 'add-index',
  severity: 'error',
  title: 'An index is made without CONCURRENTLY',
  lock: 'SHARE',
  danger: 'Nobody can write to the table until the whole index is built.',
  safeWay: `-- in a migration of its own, whose isTransactional() gives false
create index concurrently "orders_note_index" on "orders" ("note");`,
  *check({ node }, { isNew }) {
    if ('IndexStmt' in node && !node.IndexStmt.concurrent) {
      const table = tableName(node.IndexStmt.relation!);
      if (!isNew(table)) {
        yield `The index "${node.IndexStmt.idxname ?? ''}" is built while nobody can write to "${table}".`;
      }
    }
  },
};
