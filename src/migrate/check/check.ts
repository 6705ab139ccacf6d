import type { MigrationContext } from '../../database/orm.options.js';
import type { Finding } from '../lint/finding.js';

/** One thing that `pier2 migrate check` looks at. */
export interface Check {
  /** What it makes sure of, in a few words. */
  title: string;
  run(project: CheckedProject): Promise<CheckResult>;
}

/** What checks are given to look at. */
export interface CheckedProject {
  platform: MigrationContext;
  tenant: MigrationContext;
  /** Makes an empty database, for the check that asks for it alone, and gives its URL. */
  makeDatabase(): Promise<string>;
  /** Fills the tables of a migrated database with the sample data. */
  seed(url: string): Promise<void>;
  /** Somebody wants it to end. */
  signal: AbortSignal;
}

export interface CheckResult {
  findings: readonly Finding[];
  /** What is worth knowing and nothing to mend. */
  notes?: readonly string[];
}
