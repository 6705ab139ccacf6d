import { tableName } from '../ast.js';
import { alterations, type Rule } from '../rule.js';

export const detachPartition: Rule = {
  id: 'detach-partition',
  severity: 'error',
  title: 'A partition is detached without CONCURRENTLY',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'It waits for all who use any partition, and until it is done everybody else waits behind it.',
  safeWay: `-- alone in its migration, whose isTransactional() gives false
alter table "visits" detach partition "visits_2025" concurrently;`,
  *check(statement, context) {
    for (const { table, command } of alterations(statement, context, 'AT_DetachPartition')) {
      if (command.def && 'PartitionCmd' in command.def && !command.def.PartitionCmd.concurrent) {
        yield `"${tableName(command.def.PartitionCmd.name!)}" is detached while nobody can use "${table}".`;
      }
    }
  },
};
