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
 * @throws Error what the first one that could not end has thrown, when all others have ended
 */
export async function runChecks(
  checks: readonly Check[],
  project: CheckedProject,
  onEnd: (done: number) => void = () => {},
): Promise<CheckOutcome[]> {
  const limit = pLimit(atOnce);
  let done = 0;
  const outcomes = await Promise.allSettled(
    checks.map(check =>
      limit(async () => {
        project.signal.throwIfAborted();
        const started = performance.now();
        const { findings, notes = [] } = await check.run(project);
        onEnd(++done);
        return { title: check.title, findings, notes, milliseconds: Math.round(performance.now() - started) };
      }),
    ),
  );
  return outcomes.map(outcome => {
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
    return outcome.value;
  });
}
