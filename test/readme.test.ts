import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, print } from 'graphql';
import { projectFolder } from '../src/config.js';
import { startTestApp, type TestApp } from './support/app.js';

const readme = await readFile(`${projectFolder}/README.md`, 'utf8');
let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

/** The first text of the README that fits, or its part in parentheses. */
function find(pattern: RegExp): string {
  const [text, part] = pattern.exec(readme) ?? [];
  return part ?? text!;
}

describe('the README', () => {
  test('shows the answer that its first query gets', async () => {
    const { query } = JSON.parse(find(/curl .* -d '([^']*)'/)) as { query: string };
    const answer = JSON.parse(find(/```json\n([^]*?)```/)) as { data: unknown };
    expect({ data: await shop.ask(query) }).toEqual(answer);
  });

  const queries = parse(find(/```graphql\n([^]*?)```/)).definitions.map(definition => print(definition));

  test.each(queries)('has a query that works: %s', async query => {
    expect(JSON.stringify(await shop.ask(query))).toMatch(/"(count|totalCount|amount)":/);
  });
});
