import { nameParts, tableName } from '../ast.js';
import { alterations, type Rule } from '../rule.js';

export const changeTrigger: Rule = {
  id: 'change-trigger',
  severity: 'warning',
  title: 'A trigger or rule is made, dropped, enabled or disabled',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'It waits for all who write the table, to drop one also for all who read it, and everybody else waits behind it. From then on each write does something else.',
  safeWay: `-- alone in its migration, so that nothing follows behind its lock; what a trigger does is changed without one
create or replace function "announce_history"() returns trigger language plpgsql as $$ begin return null; end $$;`,
  onlyUp: true,
  *check(statement, context) {
    const { node } = statement;
    const made =
      'CreateTrigStmt' in node
        ? { name: node.CreateTrigStmt.trigname!, table: tableName(node.CreateTrigStmt.relation!) }
        : 'RuleStmt' in node
          ? { name: node.RuleStmt.rulename!, table: tableName(node.RuleStmt.relation!) }
          : undefined;
    if (made && !context.isNew(made.table)) {
      yield `"${made.name}" is made while nobody can write to "${made.table}".`;
    }
    if ('DropStmt' in node && ['OBJECT_TRIGGER', 'OBJECT_RULE'].includes(node.DropStmt.removeType!)) {
      for (const parts of (node.DropStmt.objects ?? []).map(nameParts)) {
        const table = parts.slice(0, -1).join('.');
        if (!context.isNew(table)) {
          yield `"${parts.at(-1)}" is dropped while nobody can use "${table}".`;
        }
      }
    }
    const switches = alterations(
      statement,
      context,
      'AT_EnableTrig',
      'AT_EnableAlwaysTrig',
      'AT_EnableReplicaTrig',
      'AT_EnableTrigAll',
      'AT_EnableTrigUser',
      'AT_DisableTrig',
      'AT_DisableTrigAll',
      'AT_DisableTrigUser',
    );
    for (const { table, command } of switches) {
      yield `${command.name ? `"${command.name}" is` : 'Triggers are'} switched while nobody can write to "${table}", for all who use it.`;
    }
  },
};
