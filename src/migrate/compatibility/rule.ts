import type { RuleDescription } from '../lint/rule.js';

/** What is found by running the statements of the last release, rather than by reading those of a migration. */
export const compatibilityRules = {
  breaks: {
    id: 'breaks-old-code',
    severity: 'error',
    title: 'Statements of the last release fail after a migration, or give other types',
    danger: 'Processes of that release run on until the last one is replaced, and what they are asked for fails.',
    safeWay: `-- first only add, and take away when no process of the older release runs any more
alter table "orders" add "channel" text;`,
  },
  stale: {
    id: 'stale-statements',
    severity: 'error',
    title: 'The record of statements is of other migrations than there are',
    danger: 'The next release is compared with what this one never sent.',
    safeWay: `-- npm run statements:write, and commit what it has written`,
  },
} as const satisfies Record<string, RuleDescription>;
