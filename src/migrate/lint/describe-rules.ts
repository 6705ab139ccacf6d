import { ownRules } from './own-rules.js';
import type { RuleDescription } from './rule.js';
import { statementRules } from './rules.js';

/** The rules, as a page of the documentation. */
export function describeRules(): string {
  return [
    '# The rules about migrations',
    '',
    '<!-- prettier-ignore-start -->',
    '<!-- Made from the code by `npm run schema:write`. -->',
    '',
    'What `npx pier2 migrate lint` finds; [linting-migrations.md](linting-migrations.md) says how to use it. An error holds up',
    'others for as long as the table has rows, breaks programs that run, or fails; a warning is for a moment, or something',
    'that somebody should know. The lock is the strongest that such a statement takes of a table in use.',
    '',
    row(['Rule', '', 'What it finds', 'Lock', 'In `down`']),
    row(['---', '---', '---', '---', ':-:']),
    ...[...statementRules, ...Object.values<RuleDescription>(ownRules)].map(summarize),
    '',
    ...statementRules.flatMap(explain),
    '<!-- prettier-ignore-end -->',
    '',
  ].join('\n');
}

function summarize({ id, severity, title, lock, onlyUp }: RuleDescription): string {
  return row([`\`${id}\``, severity, title, lock ?? '', onlyUp ? '' : 'yes']);
}

function explain({ id, title, danger, safeWay }: RuleDescription): string[] {
  return [`## ${id}`, '', `${title}. ${danger}`, '', '```sql', safeWay, '```', ''];
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
