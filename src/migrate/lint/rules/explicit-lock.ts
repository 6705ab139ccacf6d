import { tableName, tablesIn } from '../ast.js';
import { isAtLeast, lockModes } from '../lock-modes.js';
import type { Rule } from '../rule.js';

export const explicitLock: Rule = {
  id: 'explicit-lock',
  severity: 'warning',
  title: 'LOCK TABLE with a lock that keeps others from writing',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'The table is locked from here to the end of the migration, whatever else that does.',
  safeWay: `-- each statement takes the lock that it needs by itself; rows are locked one by one
select from "orders" where "id" = '01941f29-7c00-7000-8000-000000000001' for update;`,
  *check({ node }, { isNew }) {
    if ('LockStmt' in node) {
      const lock = lockModes[node.LockStmt.mode! - 1]!;
      const tables = tablesIn(node.LockStmt.relations)
        .map(tableName)
        .filter(table => !isNew(table));
      if (isAtLeast(lock, 'SHARE') && tables.length > 0) {
        yield `${tables.map(table => `"${table}"`).join(', ')} is locked in ${lock} MODE to the end of the migration.`;
      }
    }
  },
};
