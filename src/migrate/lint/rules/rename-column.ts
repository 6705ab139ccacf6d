import { tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const renameColumn: Rule = {
  id: 'rename-column',
  severity: 'error',
  title: 'A column is renamed',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Programs that run know the old name and fail until the last of them is gone.',
  safeWay: `-- docs/expand-and-contract.md: an ExpandMigration adds a new column, which a trigger keeps in step; "pier2 migrate backfill"
-- fills it in batches; the programs go over to it, then a ContractMigration takes the old one away
alter table "orders" add "remark" text;`,
  onlyUp: true,
  *check({ node }, { isNew }) {
    if ('RenameStmt' in node && ['OBJECT_COLUMN', 'OBJECT_ATTRIBUTE'].includes(node.RenameStmt.renameType!)) {
      const table = tableName(node.RenameStmt.relation!);
      if (!isNew(table)) {
        yield `Programs that know "${node.RenameStmt.subname}" of "${table}" fail from now on.`;
      }
    }
  },
};
