import { columnConstraint } from '../ast.js';
import { isSerial } from '../column-types.js';
import { reasonToRewrite } from '../row-rewrites.js';
import { alterations, type Rule } from '../rule.js';

export const addVolatileDefault: Rule = {
  id: 'add-volatile-default',
  severity: 'error',
  title: 'A column is added whose default is another one for each row, or whose domain checks it',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Nobody can read or write the table until all rows and indexes are written anew.',
  safeWay: `alter table "orders" add "token" uuid;
alter table "orders" alter column "token" set default gen_random_uuid();
-- then fill the old rows in batches`,
  *check(statement, context) {
    for (const { table, column } of alterations(statement, context, 'AT_AddColumn')) {
      const isOtherRule =
        isSerial(column!.typeName) || columnConstraint(column!, 'CONSTR_IDENTITY', 'CONSTR_GENERATED') !== undefined;
      const reason = isOtherRule ? undefined : reasonToRewrite(column!, context.catalogue);
      if (reason) {
        yield `All rows of "${table}" are written anew for "${column!.colname}", since ${reason}.`;
      }
    }
  },
};
