import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { projectFolder } from '../../../src/project-folder.js';
import { allRules, ownRules } from '../../../src/migrate/lint/own-rules.js';
import { statementRules } from '../../../src/migrate/lint/rules.js';
import { lint } from './harness.js';

const rulesFolder = `${projectFolder}/src/migrate/lint/rules`;

test('Each rule stands in a file of its name, and there are no others', async () => {
  const files = await readdir(rulesFolder);
  expect(statementRules.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
});

test('Each rule has tests that find it', async () => {
  const names = (await readdir(import.meta.dirname)).filter(name => name.endsWith('.test.ts'));
  const tests = await Promise.all(names.map(name => readFile(`${import.meta.dirname}/${name}`, 'utf8')));
  const missing = allRules.filter(({ id }) => !tests.some(text => text.includes(`'${id}'`)));
  expect(missing).toEqual([]);
});

/** What the safe ways work on, besides the tables of the shop. */
const tables = `create table notes (id uuid, note text);
create table visits (at date) partition by range (at); create table visits_2025 (at date);`;

test.each(statementRules.map(rule => [rule.id, rule] as const))(
  'The safe way of %s is SQL that the rule does not find',
  async (id, { safeWay }) => {
    const schema = safeWay.includes('migration of the platform') ? 'platform' : 'tenant';
    const { findings } = await lint(safeWay, { before: tables, schema, isTransactional: false });
    const own: string[] = [id, ...Object.values(ownRules).map(rule => rule.id)];
    expect(findings.filter(({ rule }) => own.includes(rule))).toEqual([]);
  },
);
