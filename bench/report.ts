import Table from 'cli-table3';
import type { Measurement } from './measure.js';
import { queries, type QueryName } from './queries.js';

/** What the other contenders are compared with. */
const references = ['limit', 'postgraphile'];

/** The measurements of a query as a table of text. */
export function tableOf(query: QueryName, measurements: readonly Measurement[]): string {
  const compared = references.filter(name => measurements.some(({ contender }) => contender === name));
  const table = new Table({
    head: [
      query,
      'requests/s',
      'p50 ms',
      'p99 ms',
      'server CPU ms',
      'PostgreSQL CPU ms',
      ...compared.map(name => `/ ${name}`),
    ],
    colAligns: ['left', ...Array.from({ length: 5 + compared.length }, () => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const measurement of measurements) {
    table.push(rowOf(measurement, measurements, compared));
  }
  return `\n${query}: ${queries[query].title}\n${table.toString()}`;
}

/** The measurements as a table for docs/benchmarks.md. */
export function markdownOf(all: readonly { query: QueryName; measurements: readonly Measurement[] }[]): string {
  const compared = references.filter(name =>
    all.some(({ measurements }) => measurements.some(({ contender }) => contender === name)),
  );
  const head = [
    '',
    'contender',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'server CPU ms',
    'PostgreSQL CPU ms',
    ...compared.map(name => `/ ${name}`),
  ];
  const lines = all.flatMap(({ query, measurements }) =>
    measurements.map((measurement, index) => [index === 0 ? query : '', ...rowOf(measurement, measurements, compared)]),
  );
  const rule = head.map((_, index) => (index < 2 ? '---' : '--:'));
  return [head, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf(measurement: Measurement, all: readonly Measurement[], compared: readonly string[]): string[] {
  const { contender, requestsPerSecond, p50, p99, serverTime, postgresTime } = measurement;
  return [
    contender,
    median(requestsPerSecond).toFixed(0),
    p50.toFixed(1),
    p99.toFixed(1),
    serverTime.toFixed(2),
    postgresTime.toFixed(2),
    ...compared.map(name =>
      ratio(
        measurement,
        all.find(other => other.contender === name),
      ),
    ),
  ];
}

/** The median of what each round's ratio was, since a round's contenders met the machine in the same state. */
function ratio({ requestsPerSecond }: Measurement, other: Measurement | undefined): string {
  return other ? median(requestsPerSecond.map((rate, round) => rate / other.requestsPerSecond[round]!)).toFixed(2) : '';
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
