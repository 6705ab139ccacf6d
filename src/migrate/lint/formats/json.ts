import type { Finding } from '../finding.js';
import type { LintReport } from '../lint-migrations.js';
import { allRules, ruleOf } from '../own-rules.js';

/** The findings for a program, each with why it is dangerous and the safe way. */
export function asJson({ findings, migrations, statements }: LintReport): string {
  return JSON.stringify({ findings: explained(findings), migrations, statements: statements.length }, null, 2);
}

/** Findings, each with why it is dangerous and the safe way. */
export function explained(findings: readonly Finding[], rules = allRules): object[] {
  return findings.map(finding => {
    const { danger, safeWay } = ruleOf(finding.rule, rules)!;
    return { ...finding, danger, safeWay };
  });
}
