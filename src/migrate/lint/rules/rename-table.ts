import { tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const renameTable: Rule = {
  id: 'rename-table',
  severity: 'error',
  title: 'A table or view is renamed, or goes into another schema',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Programs that run know the old name and fail until the last of them is gone.',
  safeWay: `-- in one transaction, so that both names work; the view goes when no program knows the old name
alter table "notes" rename to "remarks"; -- pier2:allow rename-table the view stands in for it
create view "notes" as select * from "remarks";`,
  onlyUp: true,
  *check({ node }, { isNew }) {
    const kinds = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW'];
    const moved =
      'RenameStmt' in node && kinds.includes(node.RenameStmt.renameType!)
        ? node.RenameStmt.relation
        : 'AlterObjectSchemaStmt' in node
          ? node.AlterObjectSchemaStmt.relation
          : undefined;
    if (moved && !isNew(tableName(moved))) {
      yield `Programs that know "${tableName(moved)}" fail from now on.`;
    }
  },
};
