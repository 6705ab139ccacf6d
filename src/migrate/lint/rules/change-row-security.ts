import { alterations, type Rule } from '../rule.js';

export const changeRowSecurity: Rule = {
  id: 'change-row-security',
  severity: 'warning',
  title: 'Row level security of a table is switched on or off',
  lock: 'ACCESS EXCLUSIVE',
  danger: 'Switched on without policies, programs that run see no rows any more; switched off, they see all.',
  safeWay: `-- policies first, in a migration before it
create policy "orders_of_store" on "orders" using (true);
alter table "orders" enable row level security; -- pier2:allow change-row-security the policies are there`,
  onlyUp: true,
  *check(statement, context) {
    const switches = alterations(
      statement,
      context,
      'AT_EnableRowSecurity',
      'AT_DisableRowSecurity',
      'AT_ForceRowSecurity',
      'AT_NoForceRowSecurity',
    );
    for (const { table } of switches) {
      yield `What programs see of "${table}" changes at once.`;
    }
  },
};
