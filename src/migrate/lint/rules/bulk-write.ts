import type { Node } from 'libpg-query';
import { findAll, nameParts, tableName } from '../ast.js';
import type { Catalogue } from '../catalogue.js';
import type { Rule } from '../rule.js';

export const bulkWrite: Rule = {
  id: 'bulk-write',
  severity: 'error',
  title: 'Many rows are updated or deleted at once',
  lock: 'ROW EXCLUSIVE',
  danger:
    'All who write one of the rows wait until the end of the migration, and VACUUM cannot clean up behind it meanwhile.',
  safeWay: `-- in batches, each committed by itself, by a program that goes on where it stopped
update "orders" set "note" = '' where "id" in (select "id" from "orders" where "note" is null limit 1000);`,
  *check({ node }, { isNew, catalogue }) {
    const statement = 'UpdateStmt' in node ? node.UpdateStmt : 'DeleteStmt' in node ? node.DeleteStmt : undefined;
    if (statement?.relation) {
      const table = tableName(statement.relation);
      if (!isNew(table) && !isLimited(statement.whereClause, table, catalogue)) {
        yield `Nothing says how many rows of "${table}" this ${'UpdateStmt' in node ? 'updates' : 'deletes'}.`;
      }
    }
    if ('MergeStmt' in node && !isNew(tableName(node.MergeStmt.relation!))) {
      yield `Nothing says how many rows of "${tableName(node.MergeStmt.relation!)}" this changes.`;
    }
  },
};

/** Whether a condition has a LIMIT in it, or names rows by their key. */
function isLimited(where: Node | undefined, table: string, catalogue: Catalogue): boolean {
  if (!where) {
    return false;
  }
  if (findAll<{ limitCount?: Node }>(where, 'SelectStmt').some(({ limitCount }) => limitCount !== undefined)) {
    return true;
  }
  const constraints = [...(catalogue.tables.get(table)?.constraints.values() ?? [])];
  const keys = constraints.filter(({ kind }) => kind === 'primary' || kind === 'unique').map(({ columns }) => columns);
  const fixed = fixedColumns(where);
  return keys.some(key => key.length > 0 && key.every(column => fixed.has(column)));
}

/** The columns that a condition compares with values that stand there. */
function fixedColumns(where: Node): Set<string> {
  const conditions =
    'BoolExpr' in where && where.BoolExpr.boolop === 'AND_EXPR' ? (where.BoolExpr.args ?? []) : [where];
  return new Set(
    conditions.flatMap(condition => {
      if (!('A_Expr' in condition)) {
        return [];
      }
      const { kind, name, lexpr, rexpr } = condition.A_Expr;
      const isEqual = nameParts(name)[0] === '=' && (kind === 'AEXPR_OP' || kind === 'AEXPR_IN');
      const isColumn = lexpr && 'ColumnRef' in lexpr;
      const namesColumns = findAll(rexpr, 'ColumnRef').length > 0 || findAll(rexpr, 'SelectStmt').length > 0;
      return isEqual && isColumn && !namesColumns ? nameParts(lexpr.ColumnRef.fields).slice(-1) : [];
    }),
  );
}
