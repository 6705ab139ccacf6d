import type { LintReport } from '../lint-migrations.js';
import { allRules, ruleOf } from '../own-rules.js';

/** The findings as GitHub Actions shows them in a pull request, beside the lines. */
export function asGithub({ findings }: Pick<LintReport, 'findings'>, rules = allRules): string {
  return findings
    .map(({ severity, file, line, rule, message }) => {
      const { safeWay } = ruleOf(rule, rules)!;
      const place = `file=${property(file)},line=${line},title=${property(rule)}`;
      return `::${severity} ${place}::${data(`${message}\n\nThe safe way:\n${safeWay}`)}`;
    })
    .join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
