import { joinedName } from '../ast.js';
import type { Rule } from '../rule.js';

export const renameType: Rule = {
  id: 'rename-type',
  severity: 'error',
  title: 'A type, or a value of an enum, is renamed or dropped',
  danger: 'Programs that run know the old name and fail until the last of them is gone.',
  safeWay: `-- a new value, to which the programs and the rows go over; the old one stays
alter type "channel" add value 'TELEPHONE';`,
  onlyUp: true,
  *check({ node }, { earlier }) {
    const name =
      'AlterEnumStmt' in node && node.AlterEnumStmt.oldVal !== undefined
        ? joinedName(node.AlterEnumStmt.typeName)
        : 'RenameStmt' in node && ['OBJECT_TYPE', 'OBJECT_DOMAIN'].includes(node.RenameStmt.renameType!)
          ? joinedName(node.RenameStmt.object)
          : 'DropStmt' in node && ['OBJECT_TYPE', 'OBJECT_DOMAIN'].includes(node.DropStmt.removeType!)
            ? joinedName(node.DropStmt.objects?.[0])
            : undefined;
    const isMadeHere = earlier.some(
      ({ node: other }) =>
        ('CreateEnumStmt' in other && joinedName(other.CreateEnumStmt.typeName) === name) ||
        ('CreateDomainStmt' in other && joinedName(other.CreateDomainStmt.domainname) === name) ||
        ('CompositeTypeStmt' in other && other.CompositeTypeStmt.typevar?.relname === name),
    );
    if (name !== undefined && !isMadeHere) {
      yield `Programs that know "${name}" as it was fail from now on.`;
    }
  },
};
