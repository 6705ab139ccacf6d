import { isAtLeast } from '../lock-modes.js';
import { effectsOnUsed, type LintedStatement, type Rule, type RuleContext } from '../rule.js';

export const behindExclusiveLock: Rule = {
  id: 'behind-exclusive-lock',
  severity: 'warning',
  title: 'Further work behind an ACCESS EXCLUSIVE lock of another statement',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'Nobody can use the first table while the statement after it waits for its own lock or goes through rows. Two that lock the same tables in another order wait for each other.',
  safeWay: `-- one migration for each table in use, and the statement with the strongest lock last
alter table "orders" add "channel" text, add "remark" text;`,
  *check(statement, context) {
    const { isTransactional, earlier } = context;
    if (!isTransactional) {
      return;
    }
    const held = new Set(earlier.flatMap(other => exclusivelyLocked(other, context)));
    const first = [...held][0];
    // It is told once, at the first statement that comes behind.
    if (first === undefined || earlier.some((other, index) => comesBehind(other, earlier.slice(0, index), context))) {
      return;
    }
    const found = comesBehind(statement, earlier, context);
    if (found) {
      yield `Nobody can use "${first}" while this ${found}.`;
    }
  },
};

function exclusivelyLocked(statement: LintedStatement, context: RuleContext): string[] {
  return effectsOnUsed(statement, context)
    .filter(({ lock }) => lock === 'ACCESS EXCLUSIVE')
    .map(({ table }) => table);
}

/** What a statement does behind the locks of those before it, if it does more than a moment's work on the same table. */
function comesBehind(
  statement: LintedStatement,
  earlier: readonly LintedStatement[],
  context: RuleContext,
): string | undefined {
  const held = new Set(earlier.flatMap(other => exclusivelyLocked(other, context)));
  if (held.size === 0) {
    return undefined;
  }
  const effects = effectsOnUsed(statement, context);
  const waited = effects.find(({ table, lock }) => !held.has(table) && isAtLeast(lock, 'SHARE'));
  if (waited) {
    return `waits for "${waited.table}"`;
  }
  // What works behind an ACCESS EXCLUSIVE lock of its own is found by the rule about that.
  const worked = effects.find(({ scans, lock }) => scans && lock !== 'ACCESS EXCLUSIVE');
  return (
    worked && (worked.table === [...held][0] ? 'goes through its rows' : `goes through the rows of "${worked.table}"`)
  );
}
