import { tableName, tablesIn } from '../ast.js';
import type { Rule } from '../rule.js';

export const truncate: Rule = {
  id: 'truncate',
  severity: 'error',
  title: 'A table is emptied by TRUNCATE; with CASCADE also all that refer to it',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'All rows are gone at once, also those of tables that nobody named, and nobody can read the tables meanwhile.',
  safeWay: `-- in batches
delete from "notes" where "id" in (select "id" from "notes" limit 1000);`,
  *check({ node }, { isNew, catalogue }) {
    if (!('TruncateStmt' in node)) {
      return;
    }
    const tables = tablesIn(node.TruncateStmt.relations)
      .map(tableName)
      .filter(table => !isNew(table));
    const isCascade = node.TruncateStmt.behavior === 'DROP_CASCADE';
    for (const table of tables) {
      const others = isCascade ? catalogue.referring(table).map(other => `"${other}"`) : [];
      const also = isCascade
        ? ` and all that refer to it${others.length > 0 ? `, such as ${others.join(', ')}` : ''}`
        : '';
      yield `It empties "${table}"${also}.`;
    }
  },
};
