import { columnType, typeText } from '../column-types.js';
import { changeOfType, checksOf } from '../row-rewrites.js';
import { alterations, type Rule } from '../rule.js';

export const changeColumnType: Rule = {
  id: 'change-column-type',
  severity: 'error',
  title: 'A column gets a type for which its rows are written anew, or checked again',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'Nobody can read or write the table until all rows and indexes are written anew, and programs that run may not know the type.',
  safeWay: `-- docs/expand-and-contract.md: an ExpandMigration adds a new column, which a trigger keeps in step; "pier2 migrate backfill"
-- fills it in batches; the programs go over to it, then a ContractMigration takes the old one away
alter table "order_items" add "quantity_next" bigint;`,
  *check(statement, context) {
    for (const { table, command, column } of alterations(statement, context, 'AT_AlterColumnType')) {
      const { catalogue } = context;
      const change = changeOfType(table, command.name!, column!, catalogue);
      const name = `"${command.name}" of "${table}"`;
      const to = typeText(columnType(column!.typeName!));
      const from = catalogue.tables.get(table)?.columns.get(command.name!)?.type;
      const checks = checksOf(table, command.name!, catalogue);
      if (change === 'unknown') {
        yield `No migration says which type ${name} has, so to ${to} its rows may be written anew while nobody can use it.`;
      } else if (change === 'rewrite') {
        yield `The rows are written anew while nobody can use the table: ${name} goes from ${typeText(from!)} to ${to}.`;
      } else if (checks.length > 0) {
        yield `${name} keeps its rows, but all are checked again while nobody can use it, by ${checks.map(check => `"${check}"`).join(', ')}.`;
      }
    }
  },
};
