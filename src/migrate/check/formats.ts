import type { Finding } from '../lint/finding.js';
import { asGithub } from '../lint/formats/github.js';
import { explained } from '../lint/formats/json.js';
import { asSarif } from '../lint/formats/sarif.js';
import { count, tellFindings } from '../lint/formats/text.js';
import type { Format } from '../lint/formats.js';
import { allCheckRules } from './rules.js';
import type { CheckOutcome } from './run-checks.js';

/** What came of checks, in the forms that findings of `pier2 migrate lint` have. */
export const checkFormats: Record<Format, (outcomes: readonly CheckOutcome[]) => string> = {
  text: asText,
  json: outcomes =>
    JSON.stringify(
      {
        checks: outcomes.map(({ title, findings, notes, milliseconds }) => ({
          title,
          findings: findings.length,
          notes,
          milliseconds,
        })),
        findings: explained(findingsOf(outcomes), allCheckRules),
      },
      null,
      2,
    ),
  sarif: outcomes => asSarif({ findings: findingsOf(outcomes) }, { name: 'pier2 migrate check', rules: allCheckRules }),
  github: outcomes => asGithub({ findings: findingsOf(outcomes) }, allCheckRules),
};

function findingsOf(outcomes: readonly CheckOutcome[]): Finding[] {
  return outcomes.flatMap(({ findings }) => findings);
}

function asText(outcomes: readonly CheckOutcome[]): string {
  const width = Math.max(...outcomes.map(({ title }) => title.length));
  const lines = outcomes.flatMap(({ title, findings, notes, milliseconds }) => [
    `${findings.length === 0 ? 'ok    ' : 'FAILED'}  ${title.padEnd(width)}  ${(milliseconds / 1000).toFixed(1)} s`,
    ...notes.map(note => `        ${note}`),
  ]);
  const findings = findingsOf(outcomes);
  const end = findings.length === 0 ? 'Nothing to mend.' : `${count(findings.length, 'finding')}.`;
  return [lines.join('\n'), ...tellFindings(findings, allCheckRules), end].join('\n\n');
}
