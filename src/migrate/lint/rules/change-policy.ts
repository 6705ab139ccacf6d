import { nameParts, tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const changePolicy: Rule = {
  id: 'change-policy',
  severity: 'warning',
  title: 'A policy of row level security is made, changed or dropped',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'What programs that run see and write changes at once, and it waits for all who use the table.',
  safeWay: `-- a wider policy first, and the narrower one in place of it when all programs are right with it
create policy "orders_of_store" on "orders" using (true); -- pier2:allow change-policy all rows are seen as before`,
  onlyUp: true,
  *check({ node }, { isNew }) {
    const tables =
      'CreatePolicyStmt' in node
        ? [tableName(node.CreatePolicyStmt.table!)]
        : 'AlterPolicyStmt' in node
          ? [tableName(node.AlterPolicyStmt.table!)]
          : 'DropStmt' in node && node.DropStmt.removeType === 'OBJECT_POLICY'
            ? (node.DropStmt.objects ?? []).map(object => nameParts(object).slice(0, -1).join('.'))
            : [];
    for (const table of tables) {
      if (!isNew(table)) {
        yield `Who may see and write which rows of "${table}" changes at once.`;
      }
    }
  },
};
