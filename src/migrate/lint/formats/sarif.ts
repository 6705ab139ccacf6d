import type { Log, ReportingDescriptor, Result } from 'sarif';
import type { Finding } from '../finding.js';
import type { LintReport } from '../lint-migrations.js';
import { allRules } from '../own-rules.js';
import type { RuleDescription } from '../rule.js';

/** The findings in SARIF 2.1.0, which services that show findings beside the code read. */
export function asSarif(
  { findings }: Pick<LintReport, 'findings'>,
  { name, rules } = { name: 'pier2 migrate lint', rules: allRules },
): string {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name, rules: rules.map(describeRule) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(finding => ({
          ...describeFinding(finding),
          ruleIndex: rules.findIndex(({ id }) => id === finding.rule),
        })),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

function describeRule({ id, severity, title, danger, safeWay }: RuleDescription): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: danger },
    help: {
      text: `${danger}\n\nThe safe way:\n\n${safeWay}`,
      markdown: `${danger}\n\nThe safe way:\n\n\`\`\`sql\n${safeWay}\n\`\`\``,
    },
    defaultConfiguration: { level: severity },
  };
}

function describeFinding({
  rule,
  severity,
  message,
  file,
  line,
  statement,
  lock,
  table,
  rewrites,
  operations,
}: Finding): Result {
  return {
    ruleId: rule,
    level: severity,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file), uriBaseId: '%SRCROOT%' },
          region: { startLine: line },
        },
      },
    ],
    properties: { statement, lock, table, rewrites, operations },
  };
}
