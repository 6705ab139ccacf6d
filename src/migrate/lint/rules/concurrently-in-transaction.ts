import type { Node } from 'libpg-query';
import { booleanOption, commandsOf, tableName } from '../ast.js';
import type { Rule } from '../rule.js';

export const concurrentlyInTransaction: Rule = {
  id: 'concurrently-in-transaction',
  severity: 'error',
  title: 'A statement that PostgreSQL refuses within a transaction, such as one with CONCURRENTLY',
  danger: 'The migration fails: migrations run in a transaction unless they say otherwise.',
  safeWay: `-- alone in its migration, whose class says: override isTransactional() { return false; }
create index concurrently "orders_note_index" on "orders" ("note");`,
  *check({ node }, { isTransactional, statements }) {
    const what = refusedInTransaction(node);
    if (what && isTransactional) {
      yield `${what} cannot run within a transaction, and this migration is one.`;
    } else if (what && statements.length > 1) {
      yield `${what} stands beside other statements: where it fails, those before it stay done and those after it are missing.`;
    }
  },
};

/** What of a statement PostgreSQL refuses within a transaction. */
function refusedInTransaction(node: Node): string | undefined {
  if ('IndexStmt' in node && node.IndexStmt.concurrent) {
    return 'CREATE INDEX CONCURRENTLY';
  }
  if ('DropStmt' in node && node.DropStmt.concurrent) {
    return 'DROP INDEX CONCURRENTLY';
  }
  if ('ReindexStmt' in node) {
    const { kind, params } = node.ReindexStmt;
    const isOfMany = kind !== 'REINDEX_OBJECT_INDEX' && kind !== 'REINDEX_OBJECT_TABLE';
    return isOfMany || booleanOption(params, 'concurrently') ? 'REINDEX CONCURRENTLY, or of many tables,' : undefined;
  }
  if ('AlterTableStmt' in node) {
    const isConcurrent = commandsOf(node.AlterTableStmt).some(
      ({ def }) => def && 'PartitionCmd' in def && def.PartitionCmd.concurrent,
    );
    return isConcurrent
      ? `DETACH PARTITION CONCURRENTLY from "${tableName(node.AlterTableStmt.relation!)}"`
      : undefined;
  }
  if ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd) {
    return 'VACUUM';
  }
  if ('ClusterStmt' in node && !node.ClusterStmt.relation) {
    return 'CLUSTER of all tables';
  }
  const others = ['CreatedbStmt', 'DropdbStmt', 'CreateTableSpaceStmt', 'DropTableSpaceStmt', 'AlterSystemStmt'];
  return others.some(kind => kind in node) ? 'This statement' : undefined;
}
