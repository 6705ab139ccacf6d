import { columnConstraint } from '../ast.js';
import { isSerial } from '../column-types.js';
import { alterations, type Rule } from '../rule.js';

export const addRequiredColumn: Rule = {
  id: 'add-required-column',
  severity: 'error',
  title: 'A column is added NOT NULL without a default',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'It fails as soon as the table has a row, and programs that run do not know the column and cannot fill it.',
  safeWay: `alter table "orders" add "channel" text not null default 'WEB';
-- or without a default: add it, let the new programs fill it, fill the old rows in batches, then see set-not-null
alter table "orders" add "channel" text;`,
  *check(statement, context) {
    for (const { table, column } of alterations(statement, context, 'AT_AddColumn')) {
      const isRequired = columnConstraint(column!, 'CONSTR_NOTNULL', 'CONSTR_PRIMARY');
      const hasValue = columnConstraint(column!, 'CONSTR_DEFAULT', 'CONSTR_GENERATED', 'CONSTR_IDENTITY');
      if (isRequired && !hasValue && !isSerial(column!.typeName)) {
        yield `The rows that "${table}" has get no value in "${column!.colname}", so it fails.`;
      }
    }
  },
};
