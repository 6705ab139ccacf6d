import type { LintReport } from '../lint-migrations.js';
import { ruleOf } from '../own-rules.js';

/** The findings for a program, each with why it is dangerous and the safe way. */
export function asJson({ findings, migrations, statements }: LintReport): string {
  const explained = findings.map(finding => {
    const { danger, safeWay } = ruleOf(finding.rule)!;
    return { ...finding, danger, safeWay };
  });
  return JSON.stringify({ findings: explained, migrations, statements: statements.length }, null, 2);
}
