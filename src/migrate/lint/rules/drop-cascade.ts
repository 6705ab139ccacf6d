import { commandsOf } from '../ast.js';
import type { Rule } from '../rule.js';

export const dropCascade: Rule = {
  id: 'drop-cascade',
  severity: 'error',
  title: 'Something is dropped with CASCADE',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'What else goes with it depends on each database, and locks tables that nobody named.',
  safeWay: `-- name what is to go
alter table "orders" drop constraint "orders_store_id_foreign";
drop table "stores";`,
  *check({ node }) {
    const isCascade =
      ('DropStmt' in node && node.DropStmt.behavior === 'DROP_CASCADE') ||
      ('AlterTableStmt' in node && commandsOf(node.AlterTableStmt).some(({ behavior }) => behavior === 'DROP_CASCADE'));
    if (isCascade) {
      yield 'CASCADE also drops what nobody named.';
    }
  },
};
