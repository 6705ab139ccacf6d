import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, print } from 'graphql';
import { projectFolder } from '../src/project-folder.js';
import { place } from './orders/order-fixtures.js';
import { startTestApp, type TestApp } from './support/app.js';
import { endPrograms, run } from './support/process.js';

const readme = await readFile(`${projectFolder}/README.md`, 'utf8');
let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(async () => {
  await endPrograms();
  await shop.close();
});

/** The first text of the README that fits, or its part in parentheses. */
function find(pattern: RegExp): string {
  const [text, part] = pattern.exec(readme) ?? [];
  return part ?? text!;
}

describe('the README', () => {
  test('shows the answer that its first query gets', async () => {
    const { query } = JSON.parse(find(/curl .*\$TOKEN.* -d '([^']*)'/)) as { query: string };
    const answer = JSON.parse(find(/```json\n([^]*?)```/)) as { data: unknown };
    expect({ data: await shop.ask(query) }).toEqual(answer);
  });

  const queries = parse(find(/```graphql\n([^]*?)```/)).definitions.map(definition => print(definition));

  test.each(queries)('has a query that works: %s', async query => {
    expect(JSON.stringify(await shop.ask(query))).toMatch(/"(count|totalCount|amount)":/);
  });

  const signIn = find(/```sh\n(TOKEN=[^]*?)```/);
  const toShop = (block: string) => block.replaceAll('http://localhost:4000', shop.url);

  /** Runs a block of the README in a shell, with those before it that sign in, as if it were pasted, against the test's server and database. */
  async function paste(block: string): Promise<string> {
    const program = run('bash', ['-c', toShop(`${signIn}\n${block}`)], {
      DATABASE_URL: shop.database.url,
      PATH: `${projectFolder}/node_modules/.bin:${process.env['PATH']}`,
    });
    expect(await program.ends()).toBe(0);
    return program.output();
  }

  test('places, changes and cancels an order', async () => {
    const output = await paste(find(/```sh\n(# Place an order[^]*?)```/));
    expect(output).toMatch(/"status":"PENDING","version":1,"total":{"amount":"91.00","currencyCode":"USD"}/);
    expect(output).toMatch(
      /"version":2,"items":\[{"productName":"Beach Towel","quantity":3}\],"total":{"amount":"73.50"}/,
    );
    expect(output).toMatch(/"status":"CANCELLED".*"actor":"Zaphod Beeblebrox","action":"CANCELLED"/);
    expect(output).not.toMatch(/"code"/);
  });

  test('searches the Guide', async () => {
    const output = await paste(find(/```sh\n(curl [^`]*search\(query[^]*?)```/));
    expect(output).toMatch(/"text":"Vogon","isMatch":true.*"url":"\/guide\/en\/vogon-poetry"/);
    expect(output).toMatch(/"sku":"BOOK-VOGON"/);
  });

  test('makes a webhook', async () => {
    expect(await paste(find(/```sh\n(curl [^`]*createWebhook[^]*?)```/))).toMatch(/"secret":"whsec_/);
  });

  test('watches orders by server-sent events', async () => {
    const block = find(/```sh\n(curl -N [^]*?)```/);
    const program = run('bash', ['-c', toShop(`${signIn}\n${block}`)]);
    let seen = false;
    const sight = program
      .sees(/event: next\ndata: .*"action":"PLACED".*"firstName":"Arthur"/)
      .then(() => (seen = true));
    while (!seen) {
      await place(shop);
      await Promise.race([sight, new Promise(resolve => setTimeout(resolve, 200))]);
    }
    process.kill(-program.process.pid!, 'SIGTERM');
    await program.ends();
  });

  test('watches orders by WebSocket', async () => {
    const code = find(/```js\n([^]*?)```/).replace('ws://localhost:4000', shop.url.replace('http', 'ws'));
    const program = run(process.execPath, ['--input-type=module', '--eval', code], {
      TOKEN: shop.headers['authorization']!.replace('Bearer ', ''),
    });
    let seen = false;
    const sight = program.sees(/action: 'PLACED'/).then(() => (seen = true));
    while (!seen) {
      await place(shop);
      await Promise.race([sight, new Promise(resolve => setTimeout(resolve, 200))]);
    }
    process.kill(-program.process.pid!, 'SIGTERM');
    await program.ends();
  });

  test('exports and imports', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pier2-readme-'));
    const [exporting, importing] = find(/```sh\n(npx pier2 export[^]*?)```/)
      .replaceAll(/(\w+\.jsonl)/g, `${folder}/$1`)
      .trim()
      .split('\n');
    await paste(exporting!);
    const stores = `select count(*)::int as orders from orders`;
    const [before] = await shop.database.query<{ orders: number }>(stores);
    expect((await readFile(`${folder}/orders.jsonl`, 'utf8')).trim().split('\n')).toHaveLength(before!.orders);
    // They are there already, as the README says.
    await paste(`${importing!} || test $? -eq 1`);
    expect((await readFile(`${folder}/refused.jsonl`, 'utf8')).trim().split('\n')).toHaveLength(before!.orders);
    expect(await shop.database.query(stores)).toEqual([before]);
    await rm(folder, { recursive: true });
  });

  test('makes the first owner', async () => {
    expect(await paste(find(/```sh\n(npx pier2 users create-owner[^]*?)```/))).toMatch(
      /Made you@shop.example .*\nPassword: /,
    );
  });
});

describe('docs/several-shops.md', () => {
  test('has commands that work when they are pasted one after the other', async () => {
    const page = await readFile(`${projectFolder}/docs/several-shops.md`, 'utf8');
    const blocks = Array.from(page.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!);
    const script = ['set -e', ...blocks].join('\n').replaceAll('http://localhost:4000', shop.url);
    const folder = await mkdtemp(join(tmpdir(), 'pier2-shops-'));
    const program = run('bash', ['-c', script], {
      DATABASE_URL: shop.database.url,
      ARCHIVE_FOLDER: folder,
      PATH: `${projectFolder}/node_modules/.bin:${process.env['PATH']}`,
    });
    const code = await program.ends();
    await rm(folder, { recursive: true });
    const output = program.output();
    expect(output).toContain('Made heart-of-gold in the schema tenant_heart_of_gold.');
    expect(output).toMatch(/"me":{"name":"Zaphod Beeblebrox"},"orders":{"totalCount":24/);
    expect(output).toMatch(/State +active\n/);
    expect(output).toMatch(/Removed Heart of Gold. Its archive is .*tenant_heart_of_gold\/.*\.tar\.zst/);
    expect(output).toMatch(
      /"name":"Milliways","schema":"tenant_milliways","state":"ACTIVE","hosts":\["milliways.example"\]/,
    );
    expect(output).toMatch(/"tenantRegistration":{"name":"Sirius Cybernetics","state":"ACTIVE"}/);
    expect(output).toMatch(/\d+ shops? at Migration/);
    expect(output).not.toMatch(/"code":/);
    expect(code).toBe(0);
  }, 300_000);
});

describe('docs/changing-the-schema.md', () => {
  test('has commands that work when they are pasted one after the other', async () => {
    const page = await readFile(`${projectFolder}/docs/changing-the-schema.md`, 'utf8');
    const blocks = Array.from(page.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!);
    const program = run('bash', ['-c', ['set -e', ...blocks].join('\n')], {
      DATABASE_URL: shop.database.url,
      PATH: `${projectFolder}/node_modules/.bin:${process.env['PATH']}`,
    });
    const code = await program.ends();
    const output = program.output();
    expect(output).toMatch(
      /nothing to change, and nothing was written[^]*Nothing to mend[^]*All migrations are listed/,
    );
    expect(output).toMatch(/default .* 0 /);
    expect(output).toMatch(/as the migrations give it[^]*had nothing to do[^]*there is nothing to do/);
    expect(output).toContain('All migrations are there.');
    expect(code).toBe(0);
  }, 300_000);
});

describe('docs/expand-and-contract.md', () => {
  test('has commands that work when they are pasted one after the other', async () => {
    const page = await readFile(`${projectFolder}/docs/expand-and-contract.md`, 'utf8');
    const blocks = Array.from(page.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!);
    const program = run('bash', ['-c', ['set -e', ...blocks].join('\n')], {
      DATABASE_URL: shop.database.url,
      PATH: `${projectFolder}/node_modules/.bin:${process.env['PATH']}`,
    });
    const code = await program.ends();
    expect(program.output()).toMatch(/nothing to do[^]*All columns are filled[^]*1 process serves/);
    expect(code).toBe(0);
  }, 300_000);
});
