import { joinedName } from '../ast.js';
import type { Rule } from '../rule.js';

export const dropTable: Rule = {
  id: 'drop-table',
  severity: 'error',
  title: 'A table, view or schema is dropped',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Programs that run and know it fail until the last of them is gone, and its rows are gone for good.',
  safeWay: `-- first a release whose programs do not know the table; when none of before is left, its migration drops it and says so
drop table "notes"; -- pier2:allow drop-table no program knows it since the last release`,
  onlyUp: true,
  *check({ node }, { isNew }) {
    const kinds = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_SCHEMA'];
    if ('DropStmt' in node && kinds.includes(node.DropStmt.removeType!)) {
      for (const name of (node.DropStmt.objects ?? []).map(joinedName)) {
        if (!isNew(name)) {
          yield `Programs that know "${name}" fail from now on, and what it holds is gone.`;
        }
      }
    }
  },
};
