import type { A_Const } from 'libpg-query';
import { findAll, joinedName } from '../ast.js';
import type { LintedStatement, Rule } from '../rule.js';

export const useNewEnumValue: Rule = {
  id: 'use-new-enum-value',
  severity: 'error',
  title: 'A value is added to an enum and used in one transaction',
  danger:
    'PostgreSQL refuses to use a value before the transaction that added it is committed, so the migration fails.',
  safeWay: `-- in one migration
alter type "channel" add value 'PHONE';
-- in the next one
update "orders" set "channel" = 'PHONE' where "id" = '01941f29-7c00-7000-8000-000000000001';`,
  *check(statement, { isTransactional, earlier, catalogue }) {
    if (!isTransactional || 'AlterEnumStmt' in statement.node) {
      return;
    }
    const texts = new Set(findAll<A_Const>(statement.node, 'A_Const').map(({ sval }) => sval?.sval));
    for (const { type, value } of earlier.flatMap(addedValue)) {
      // The values of a type that the same transaction made can be used.
      const isMadeHere = earlier.some(
        ({ node }) => 'CreateEnumStmt' in node && joinedName(node.CreateEnumStmt.typeName) === type,
      );
      if (texts.has(value) && !isMadeHere && (catalogue.enums.get(type)?.has(value) ?? true)) {
        yield `'${value}' of "${type}" cannot be used before the transaction that adds it is committed.`;
      }
    }
  },
};

function addedValue({ node }: LintedStatement): { type: string; value: string }[] {
  return 'AlterEnumStmt' in node && node.AlterEnumStmt.oldVal === undefined
    ? [{ type: joinedName(node.AlterEnumStmt.typeName), value: node.AlterEnumStmt.newVal! }]
    : [];
}
