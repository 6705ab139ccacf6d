import type { RuleDescription } from './rule.js';
import { statementRules } from './rules.js';

/** What is found of a migration, or of a comment beside a statement, before any rule looks at the statement. */
export const ownRules = {
  recording: {
    id: 'cannot-be-recorded',
    severity: 'error',
    title: 'A migration fails when it is executed without a database',
    danger: 'Its statements are not known, so nothing of it is checked.',
    safeWay: `-- give all statements to addSql or execute; what execute reads has no rows while it is recorded
update "orders" set "note" = '' where "id" in (select "id" from "orders" where "note" is null limit 1000);`,
  },
  syntax: {
    id: 'syntax-error',
    severity: 'error',
    title: 'A statement is no SQL of PostgreSQL 18',
    danger: 'The migration fails there.',
    safeWay: `alter table "orders" add "channel" text;`,
  },
  reason: {
    id: 'allow-without-reason',
    severity: 'error',
    title: 'A comment allows something and does not say why',
    danger: 'Who reads it later cannot tell whether it is still right. It silences nothing.',
    safeWay: `alter table "orders" drop column "note"; -- pier2:allow drop-column no program reads it since the last release`,
  },
  unused: {
    id: 'unused-allow',
    severity: 'error',
    title: 'A comment allows something that is not found there',
    danger: 'It would hide what is found there later, and says what is not true.',
    safeWay: `-- without the comment
alter table "orders" add "channel" text;`,
  },
} as const satisfies Record<string, RuleDescription>;

/** All that a finding may be about. */
export const allRules: readonly RuleDescription[] = [...statementRules, ...Object.values(ownRules)];

/** A rule by its id. */
export function ruleOf(id: string, rules = allRules): RuleDescription | undefined {
  return rules.find(rule => rule.id === id);
}
