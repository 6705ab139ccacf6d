import { tableName } from '../ast.js';
import { alterations, type Rule } from '../rule.js';

export const attachPartition: Rule = {
  id: 'attach-partition',
  severity: 'error',
  title: 'A table with rows is attached as a partition without a check that says what it holds',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can use the table that is attached until all its rows are looked at.',
  safeWay: `alter table "visits_2025" add constraint "visits_2025_check" check ("at" is not null and "at" >= '2025-01-01' and "at" < '2026-01-01') not valid;
-- in the next migration
alter table "visits_2025" validate constraint "visits_2025_check";
-- in the one after it
alter table "visits" attach partition "visits_2025" for values from ('2025-01-01') to ('2026-01-01');`,
  *check(statement, context) {
    for (const { command } of alterations(statement, context, 'AT_AttachPartition')) {
      const name = command.def && 'PartitionCmd' in command.def ? tableName(command.def.PartitionCmd.name!) : '';
      if (!context.isNew(name) && !context.catalogue.hasValidCheck(name)) {
        yield `All rows of "${name}" are looked at while nobody can use it.`;
      }
    }
  },
};
