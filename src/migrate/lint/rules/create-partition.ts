import { tableName, tablesIn } from '../ast.js';
import type { Rule } from '../rule.js';

export const createPartition: Rule = {
  id: 'create-partition',
  severity: 'warning',
  title: 'A partition is created within its table',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'It waits for all who use the table, and until it is done everybody else waits behind it, readers too.',
  safeWay: `create table "visits_2027" (like "visits" including all, check ("at" >= '2027-01-01' and "at" < '2028-01-01'));
alter table "visits" attach partition "visits_2027" for values from ('2027-01-01') to ('2028-01-01');`,
  *check({ node }, { isNew }) {
    if ('CreateStmt' in node && node.CreateStmt.partbound) {
      for (const parent of tablesIn(node.CreateStmt.inhRelations).map(tableName)) {
        if (!isNew(parent)) {
          yield `"${node.CreateStmt.relation!.relname}" is made while nobody can use "${parent}"; make it apart and attach it.`;
        }
      }
    }
  },
};
