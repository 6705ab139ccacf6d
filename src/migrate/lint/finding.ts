import type { LockMode } from './lock-modes.js';
import type { RuleDescription } from './rule.js';

/** Something that a rule found in a migration. */
export interface Finding {
  rule: string;
  severity: RuleDescription['severity'];
  message: string;
  /** From the project's folder. */
  file: string;
  line: number;
  direction?: 'up' | 'down';
  /** The statement's text. */
  statement?: string;
  /** The strongest lock that the statement takes of a table in use, and that table. */
  lock?: LockMode;
  table?: string;
  /** Whether that table's rows are written anew. */
  rewrites?: boolean;
  /** Fields of the schema, such as `Query.orders`, and other parts of the program, that fail after it. */
  operations?: string[];
}
