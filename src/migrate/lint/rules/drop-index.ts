import { joinedName } from '../ast.js';
import type { Rule } from '../rule.js';

export const dropIndex: Rule = {
  id: 'drop-index',
  severity: 'warning',
  title: 'An index is dropped without CONCURRENTLY',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'It waits for all who use the table, and until it is done everybody else waits behind it, readers too.',
  safeWay: `-- alone in its migration, whose isTransactional() gives false
drop index concurrently "orders_note_index";`,
  onlyUp: true,
  *check({ node }, { isNew, catalogue }) {
    if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_INDEX' && !node.DropStmt.concurrent) {
      for (const name of (node.DropStmt.objects ?? []).map(joinedName)) {
        const table = catalogue.index(name)?.table;
        if (table === undefined || !isNew(table)) {
          yield `The index "${name}" is dropped while nobody can use ${table ? `"${table}"` : 'its table'}.`;
        }
      }
    }
  },
};
