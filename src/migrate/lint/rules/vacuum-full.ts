import { booleanOption } from '../ast.js';
import type { Rule } from '../rule.js';

export const vacuumFull: Rule = {
  id: 'vacuum-full',
  severity: 'error',
  title: 'VACUUM FULL',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew.',
  safeWay: `-- not in a migration; plain VACUUM makes room for new rows without holding anybody up
vacuum (analyze) "orders";`,
  *check({ node }) {
    if ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd && booleanOption(node.VacuumStmt.options, 'full')) {
      yield 'VACUUM FULL writes all rows anew while nobody can use the table.';
    }
  },
};
