import pLimit from 'p-limit';
import type { Finding } from '../lint/finding.js';
import type { Check, CheckedProject } from './check.js';

/** What came of one check. */
export interface CheckOutcome {
  title: string;
  findings: readonly Finding[];
  notes: readonly string[];
  milliseconds: number;
}

/** Checks at once: each of them keeps a connection, and PostgreSQL a core, busy. */
const atOnce = 2;

/**
 * Runs checks, each of them whatever the others find.
 * @param onEnd is told how many have ended
 */
export function runChecks(
  checks: readonly Check[],
  project: CheckedProject,
  onEnd: (done: number) => void = () => {},
): Promise<CheckOutcome[]> {
  const limit = pLimit(atOnce);
  let done = 0;
  return Promise.all(
    checks.map(check =>
      limit(async () => {
        const started = performance.now();
        const { findings, notes = [] } = await check.run(project);
        onEnd(++done);
        return { title: check.title, findings, notes, milliseconds: Math.round(performance.now() - started) };
      }),
    ),
  );
}
