import { columnConstraint } from '../ast.js';
import { isSerial } from '../column-types.js';
import { alterations, type Rule } from '../rule.js';

export const addSerialColumn: Rule = {
  id: 'add-serial-column',
  severity: 'error',
  title: 'A serial or identity column is added to a table with rows',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew, each with its number.',
  safeWay: `create sequence "orders_number_seq";
alter table "orders" add "number" bigint;
alter table "orders" alter column "number" set default nextval('orders_number_seq');
-- then fill the old rows in batches`,
  *check(statement, context) {
    for (const { table, column } of alterations(statement, context, 'AT_AddColumn')) {
      if (isSerial(column!.typeName) || columnConstraint(column!, 'CONSTR_IDENTITY')) {
        yield `All rows of "${table}" are written anew to number them in "${column!.colname}".`;
      }
    }
  },
};
