import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { projectFolder } from '../../project-folder.js';
import type { Build } from '../build.js';
import type { Finding } from '../lint/finding.js';
import { MigrateError } from '../migrate-error.js';
import { compatibilityRules } from './rule.js';

/** Where the record is, from the project's folder. */
export const recordPath = 'migrations/statements.json';

/** How the record is made anew. */
export const howToWrite = 'npm run statements:write';

const statements = z.object({ sql: z.string(), operations: z.array(z.string()) });
const write = z.object({ sql: z.string(), values: z.array(z.string().nullable()).optional() });
const change = z.object({ operation: z.string(), writes: z.array(write) });
const statementRecord = z.object({
  platform: z.array(z.string()),
  tenant: z.array(z.string()),
  statements: z.array(statements),
  changes: z.array(change),
});

/**
 * The SQL that a build sends. Names of operations are fields of the schema, such as `Customer.orders`, or parts of the program
 * that work beside requests.
 */
export interface StatementRecord {
  /** The migrations with which they were recorded. */
  platform: string[];
  tenant: string[];
  /** Statements that can be looked at without their values. */
  statements: RecordedStatement[];
  /** What operations write, from an empty shop on: each stands on what those before it have written. */
  changes: RecordedChange[];
}

/** A statement, and the operations that send it. */
export type RecordedStatement = z.infer<typeof statements>;

/** A statement that writes, with the texts of its values; `{now+60s}` in either is the time of the operation and 60 seconds more. */
export type RecordedWrite = z.infer<typeof write>;

/** What one operation writes, in one transaction. */
export type RecordedChange = z.infer<typeof change>;

/** A record as it is kept: one line for each statement, so that a difference tells which one has changed. */
export function writeRecord({ platform, tenant, statements: sent, changes }: StatementRecord): string {
  const lines = (items: readonly string[], indent: string) => items.map(item => `\n${indent}${item}`).join(',');
  const asLines = (items: readonly unknown[], indent = '    ') =>
    lines(
      items.map(one => JSON.stringify(one)),
      indent,
    );
  const changed = changes.map(
    ({ operation, writes }) =>
      `{ "operation": ${JSON.stringify(operation)}, "writes": [${asLines(writes, '      ')}\n    ] }`,
  );
  return `{
  "platform": [${asLines(platform)}\n  ],
  "tenant": [${asLines(tenant)}\n  ],
  "statements": [${asLines(sent)}\n  ],
  "changes": [${lines(changed, '    ')}\n  ]\n}\n`;
}

/** @throws MigrateError when it is no record */
export function parseRecord(text: string, from: string): StatementRecord {
  try {
    return statementRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new MigrateError(
      `${from} is no record of statements: ${(error as Error).message}. Make it by "${howToWrite}".`,
    );
  }
}

/** The record in the project's folder. */
export function readOwnRecord(): Promise<string> {
  return readFile(`${projectFolder}/${recordPath}`, 'utf8');
}

/** Tells when a record was made with other migrations than a build has. */
export function findStale(text: string, build: Build): Finding[] {
  const record = parseRecord(text, recordPath);
  const isSame = (['platform', 'tenant'] as const).every(
    part => record[part].join() === build[part].map(({ name }) => name).join(),
  );
  const { id, severity } = compatibilityRules.stale;
  const message = `It was made with other migrations than there are. Run "${howToWrite}" and commit it.`;
  return isSame ? [] : [{ rule: id, severity, message, file: recordPath, line: 1 }];
}
