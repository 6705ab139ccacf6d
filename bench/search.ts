/**
 * Measures `search` over HTTP on the embedded server, with 100,000 pages and 100,000 products of made-up words whose
 * frequencies are those of a language. The database is made once and kept in .pier2/bench-postgres. The time is the server's,
 * from a request's arrival to the end of its answer. Beside it, it tells the processor's time of PostgreSQL and of Node (server and client), which does not depend on what else
 * runs; it is read from /proc, so on Linux alone.
 *
 *     node --import @oxc-node/core/register bench/search.ts
 */
import { readFile } from 'node:fs/promises';
import { performance, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { startApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { projectFolder } from '../src/project-folder.js';
import { copyRows, type Value } from '../src/database/copy-rows.js';
import { acquireEmbeddedPostgres } from '../src/database/embedded/index.js';
import { newId } from '../src/database/new-id.js';
import { migrationOptions } from '../src/database/orm.options.js';
import { withClient } from '../src/database/with-client.js';
import { tenantContext } from '../src/migrate/tenant-migrator.js';
import { Random } from '../seeders/load/random.js';

const count = 100_000;
const runs = 60;
/** The first ones prepare statements and load pages. */
const warmUp = 10;
const databaseName = 'search_bench';

const common =
  'the of and to in is that for it with as was on are by this from at have not but they which you one all'.split(' ');
const syllables = [...'bcdfghjklmnprstvwz', 'st', 'pr', 'tr', 'pl', 'ch', 'th', 'gr', 'sh'].flatMap(start =>
  [...'aeiouy', 'ea', 'ou'].map(vowel => start + vowel),
);

/** Words of a language, the most frequent first. */
function makeWords(language: number, size: number): string[] {
  const random = new Random(42, 99, language);
  const all = new Set(language === 1 ? common : []);
  while (all.size < size) {
    const length = 1 + random.below(4);
    all.add(
      Array.from({ length }, () => syllables[random.below(syllables.length)]).join('') + 'nstrlm'[random.below(6)],
    );
  }
  return [...all];
}

const words = makeWords(1, 60_000);
const danishWords = makeWords(2, 40_000);
/** What products are called and are made of. */
const productWords = words.slice(0, 10_000);

/** Words by Zipf's law: the one of rank n comes a tenth as often as the one of rank n / 10. */
function text(random: Random, length: number, of: string[]): string {
  return Array.from({ length }, () => of[Math.floor(of.length ** random.fraction()) - 1]).join(' ');
}

function* pages(): Generator<Value[]> {
  for (let number = 0; number < count; number += 1) {
    const random = new Random(42, 1, number);
    const [language, configuration] = number % 10 === 9 ? ['da', 'danish'] : ['en', 'english'];
    const vocabulary = language === 'da' ? danishWords : words;
    const rare = number % 1000 === 0 ? 'hitchhiker towel ' : '';
    const body = `${rare}Guide: ${text(random, 60 + random.below(180), vocabulary)}. Vogon poetry?`;
    yield [newId(), `${text(random, 4, vocabulary)} guide`, `/guide/${number}`, language, configuration, body];
  }
}

function* products(): Generator<Value[]> {
  for (let number = 0; number < count; number += 1) {
    const random = new Random(42, 2, number);
    const name = `${number % 500 === 0 ? 'Beach towel ' : ''}${text(random, 3, productWords)}`;
    yield [
      newId(),
      `SKU-${number}`,
      name,
      `${text(random, 15, productWords)}, for home, office and guide.`,
      '1',
      'USD',
    ];
  }
}

async function fill(url: string): Promise<void> {
  const orm = await MikroORM.init(migrationOptions(url, tenantContext, { silent: true }));
  await orm.migrator.up();
  await orm.close(true);
  await withClient(url, async client => {
    const started = performance.now();
    const copy = (name: string, columns: string[], rows: Iterable<Value[]>) =>
      copyRows(client, { schema: 'public', name, columns }, rows);
    await copy('pages', ['id', 'title', 'url', 'language', 'search_configuration', 'body'], pages());
    await copy('products', ['id', 'sku', 'name', 'description', 'price', 'currency_code'], products());
    console.log(`Filled in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
    await client.query('vacuum analyze');
  });
}

const searches: [what: string, query: string, language?: string][] = [
  ['a word of every page and product', 'guide'],
  ['two words of every page', 'vogon poetry'],
  ['the same in the language of a tenth', 'vogon poetry', 'da'],
  ['a common word', words[40]!],
  ['a rare word', 'hitchhiker'],
  ['a very rare word', words[50_000]!],
  ['a stop word', 'the'],
  ['a prefix of one letter', 't'],
  ['a prefix of two letters', 'to'],
  ['a prefix of three letters', 'tow'],
  ['a prefix that thousands of words have', 'con'],
  ['a long prefix', 'hitchh'],
  ['a typo', 'hitchiker'],
  ['a typo of a short word', 'tolwe'],
  ['two typos', 'vgoon peotry'],
  ['no match', 'xylophonist'],
  ['no match, short', 'qqqq'],
  ['three words of every page, again and again', `guide vogon poetry ${'guide '.repeat(150)}`],
  ['thirty common words', words.slice(30, 60).join(' ')],
  [
    'thirty typos',
    words
      .slice(2000, 2030)
      .map(word => `${word.slice(0, 3)}x${word.slice(3)}`)
      .join(' '),
  ],
];

const query = `query ($query: String!, $language: String!) { search(query: $query, language: $language) {
  rank title { text isMatch } snippet { text isMatch } item { __typename ... on Page { title url } ... on Product { name } } } }`;

/** Milliseconds that each process of PostgreSQL which serves a database has computed for so far. */
async function postgresTimes(databaseUrl: string): Promise<Map<number, number>> {
  const pids = await withClient(databaseUrl, async client => {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    return rows.map(({ pid }) => pid);
  });
  const times = pids.map(async pid => {
    const [user, system] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ').slice(11, 13);
    return [pid, (Number(user) + Number(system)) * 10] as const;
  });
  return new Map(await Promise.all(times));
}

async function measure(url: string, databaseUrl: string): Promise<void> {
  let times: number[] = [];
  new PerformanceObserver(list => {
    for (const { name, duration } of list.getEntries()) {
      if (name === 'HttpRequest') {
        times.push(duration);
      }
    }
  }).observe({ entryTypes: ['http'] });
  console.log('median ms  max ms  CPU ms: PostgreSQL  Node  hits  search');
  for (const [what, text, language = 'en'] of searches) {
    let hits = 0;
    let [database, node] = [new Map<number, number>(), process.cpuUsage()];
    for (let run = 0; run < runs; run += 1) {
      if (run === warmUp) {
        [database, node] = [await postgresTimes(databaseUrl), process.cpuUsage()];
      }
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { query: text, language } }),
      });
      const { data, errors } = (await response.json()) as { data: { search: unknown[] }; errors?: unknown };
      if (errors) {
        throw new Error(JSON.stringify(errors));
      }
      hits = data.search.length;
    }
    const { user, system } = process.cpuUsage(node);
    const spent = [...(await postgresTimes(databaseUrl))].map(([pid, time]) => time - (database.get(pid) ?? 0));
    const cpu = [spent.reduce((sum, time) => sum + time, 0), (user + system) / 1000].map(time =>
      (time / (runs - warmUp)).toFixed(1),
    );
    await sleep(10); // The observer is told a moment later.
    const sorted = times.slice(warmUp).sort((a, b) => a - b);
    times = [];
    const [median, max] = [sorted[sorted.length >> 1]!, sorted.at(-1)!];
    const columns = [
      median.toFixed(1).padStart(9),
      max.toFixed(1).padStart(6),
      cpu[0]!.padStart(18),
      cpu[1]!.padStart(4),
    ];
    console.log([...columns, String(hits).padStart(4), what].join('  '));
  }
}

const server = await acquireEmbeddedPostgres({ folder: `${projectFolder}/.pier2/bench-postgres` });
const databaseUrl = server.url(databaseName);
const isNew = await withClient(server.url('postgres'), async client => {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
  if (rowCount === 0) {
    await client.query(`create database ${databaseName}`);
  }
  return rowCount === 0;
});
if (isNew) {
  await fill(databaseUrl);
}
const app = await startApp(
  loadConfig({ NODE_ENV: 'test', PORT: '0', DATABASE_URL: databaseUrl, PUBLIC_CATALOGUE: 'true' }),
  databaseUrl,
);
await measure(app.url, databaseUrl);
await app.close();
await server.release();
