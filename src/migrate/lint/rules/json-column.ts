import { columnType } from '../column-types.js';
import { alterations, type Rule } from '../rule.js';

export const jsonColumn: Rule = {
  id: 'json-column',
  severity: 'warning',
  title: 'A column of the type json is added',
  danger: 'Values of json cannot be compared, so a SELECT DISTINCT or GROUP BY that worked without the column fails.',
  safeWay: `alter table "orders" add "details" jsonb;`,
  *check(statement, context) {
    for (const { table, column } of alterations(statement, context, 'AT_AddColumn')) {
      if (columnType(column!.typeName!).name === 'json') {
        yield `Rows of "${table}" cannot be compared any more with "${column!.colname}"; jsonb can.`;
      }
    }
  },
};
