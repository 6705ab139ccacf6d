import { isAtLeast } from '../lock-modes.js';
import { effectsOnUsed, type LintedStatement, type Rule } from '../rule.js';

export const missingLockTimeout: Rule = {
  id: 'missing-lock-timeout',
  severity: 'error',
  title: 'Nothing limits how long a lock is waited for',
  lock: 'ACCESS EXCLUSIVE',
  danger:
    'While it waits for one long query, everybody else waits behind it. `pier2 migrate apply` sets a lock_timeout for each run and tries again; a migration that takes it away, or runs by `mikro-orm migration:up`, has none.',
  safeWay: `set local lock_timeout = '2s';
alter table "orders" add "channel" text;`,
  *check(statement, context) {
    const { earlier, runner } = context;
    const own = [...earlier, statement].findLast(other => timeoutOf(other) !== undefined);
    if (own === statement && timeoutOf(own) === 'none') {
      yield 'It takes away the lock_timeout that `pier2 migrate apply` sets.';
    }
    if (runner === 'pier2' || (own && timeoutOf(own) === 'some')) {
      return;
    }
    const isStrong = (other: LintedStatement) =>
      effectsOnUsed(other, context).some(({ lock }) => isAtLeast(lock, 'SHARE'));
    // It is told once, at the first statement that may wait.
    if (isStrong(statement) && !earlier.some(isStrong)) {
      yield 'Without a lock_timeout, everybody waits behind this statement for as long as it waits itself.';
    }
  },
};

/** Whether a statement sets the time that a lock is waited for, or takes the limit away. */
function timeoutOf({ node }: LintedStatement): 'some' | 'none' | undefined {
  if (!('VariableSetStmt' in node)) {
    return undefined;
  }
  const { name, kind, args } = node.VariableSetStmt;
  if (kind === 'VAR_RESET_ALL') {
    return 'none';
  }
  if (name !== 'lock_timeout') {
    return undefined;
  }
  const [value] = args ?? [];
  const constant = value && 'A_Const' in value ? value.A_Const : undefined;
  const isZero =
    constant !== undefined && Number.parseFloat(constant.sval?.sval ?? String(constant.ival?.ival ?? 0)) === 0;
  return kind === 'VAR_SET_VALUE' && !isZero ? 'some' : 'none';
}
