import { joinedName } from '../ast.js';
import type { Rule } from '../rule.js';

export const addDomainConstraint: Rule = {
  id: 'add-domain-constraint',
  severity: 'error',
  title: 'A constraint is added to a domain without NOT VALID',
  lock: 'SHARE',
  danger: 'Nobody can write to any table with a column of the domain until all their rows are checked.',
  safeWay: `alter domain "sku" add constraint "sku_check" check (btrim(value) <> '') not valid;
-- in the next migration
alter domain "sku" validate constraint "sku_check";`,
  *check({ node }, { earlier }) {
    if (!('AlterDomainStmt' in node)) {
      return;
    }
    const { subtype, typeName, def } = node.AlterDomainStmt;
    const name = joinedName(typeName);
    const isNotValid = def !== undefined && 'Constraint' in def && def.Constraint.skip_validation === true;
    const isNew = earlier.some(
      ({ node: other }) => 'CreateDomainStmt' in other && joinedName(other.CreateDomainStmt.domainname) === name,
    );
    if (!isNew && !isNotValid && (subtype === 'C' || subtype === 'O')) {
      yield `All rows of the tables with the domain "${name}" are checked while nobody can write to these.`;
    }
  },
};
