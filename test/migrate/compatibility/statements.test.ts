import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, jest, test } from '@jest/globals';
import {
  howToWrite,
  readOwnRecord,
  recordPath,
  type StatementRecord,
  writeRecord,
} from '../../../src/migrate/compatibility/statement-record.js';
import { projectFolder } from '../../../src/project-folder.js';
import { createApiSchema } from '../../../src/schema.js';
import { recordStatements } from './record-statements.js';

jest.setTimeout(120_000);

let record: StatementRecord;
beforeAll(async () => {
  record = await recordStatements();
  if (process.env['WRITE_STATEMENTS'] === 'true') {
    await writeFile(`${projectFolder}/${recordPath}`, writeRecord(record));
  }
});

test('The record of statements is what the program sends', async () => {
  const [kept, sent] = [await readOwnRecord().catch(() => ''), writeRecord(record)].map(text => text.split('\n'));
  const gone = kept!.filter(line => !sent!.includes(line));
  const come = sent!.filter(line => !kept!.includes(line));
  if (kept!.join('\n') !== sent!.join('\n')) {
    throw new Error(
      `${recordPath} is stale: run \`${howToWrite}\` and commit it.\n- ${gone.join('\n- ')}\n+ ${come.join('\n+ ')}`,
    );
  }
});

/** Fields that read nothing themselves, but what is below them does. */
const empty = ['Query.orderStatistics'];

test('The record of statements has each field of the query, the mutation and the subscription', async () => {
  const schema = await createApiSchema();
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
  const fields = roots.flatMap(type => Object.keys(type.getFields()).map(field => `${type.name}.${field}`));
  const recorded = new Set([
    ...record.statements.flatMap(({ operations }) => operations),
    ...record.changes.map(({ operation }) => operation),
  ]);
  expect(fields.filter(field => !recorded.has(field))).toEqual(empty);
});
