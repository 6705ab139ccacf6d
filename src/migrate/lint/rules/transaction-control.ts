import type { Rule } from '../rule.js';

export const transactionControl: Rule = {
  id: 'transaction-control',
  severity: 'error',
  title: 'BEGIN, COMMIT or ROLLBACK in a migration',
  danger: 'It ends the transaction in which the migration is noted as done, so a failure leaves half of it.',
  safeWay: `-- leave it out: each migration is a transaction, unless its isTransactional() gives false
alter table "orders" add "channel" text;`,
  *check({ node }) {
    const ofSavepoints = ['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'];
    if ('TransactionStmt' in node && !ofSavepoints.includes(node.TransactionStmt.kind!)) {
      yield 'The runner begins and ends the transaction of a migration.';
    }
  },
};
