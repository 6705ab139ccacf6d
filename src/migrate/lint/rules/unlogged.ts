import { tableName } from '../ast.js';
import { alterations, type Rule } from '../rule.js';

export const unlogged: Rule = {
  id: 'unlogged',
  severity: 'error',
  title: 'A table is unlogged, or becomes so or logged again',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'An unlogged table is empty after a crash and on each replica. To change it writes all rows anew while nobody can use it.',
  safeWay: `create table "imports" ("id" uuid primary key);`,
  *check(statement, context) {
    const { node } = statement;
    const made =
      'CreateStmt' in node
        ? node.CreateStmt.relation
        : 'CreateTableAsStmt' in node
          ? node.CreateTableAsStmt.into?.rel
          : undefined;
    if (made?.relpersistence === 'u') {
      yield `"${tableName(made)}" is empty after a crash and on each replica.`;
    }
    for (const { table } of alterations(statement, context, 'AT_SetUnLogged', 'AT_SetLogged')) {
      yield `All rows of "${table}" are written anew while nobody can use it.`;
    }
  },
};
