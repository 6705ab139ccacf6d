import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Request, Started } from './contender.js';
import { sendLoad } from './load.js';
import { processorTime } from './processor-time.js';

/** How long and how hard each contender is asked. */
export interface Effort {
  rounds: number;
  seconds: number;
  warmUpSeconds: number;
  connections: number;
}

/** A contender that runs, with its requests for one query. */
export interface Runner {
  name: string;
  server: Started;
  requests: readonly Request[];
}

/** What one contender did with one query. */
export interface Measurement {
  contender: string;
  /** Of each round, in the order in which they were run: all contenders had their turn in each. */
  requestsPerSecond: number[];
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Milliseconds of the processor a request. */
  serverTime: number;
  postgresTime: number;
  requests: number;
}

/** Before each round, so that connections stand and what the other contenders left in the processor's caches is gone. */
const secondsBeforeRound = 0.3;

/**
 * Measures contenders with one query, all in turn in each round and each round beginning with another, so that whatever
 * else the machine does meets all of them alike.
 * @param postgres the pid of PostgreSQL's first process
 */
export async function measure(runners: readonly Runner[], postgres: number, effort: Effort): Promise<Measurement[]> {
  const totals = runners.map(runner => new Totals(runner));
  for (const total of totals) {
    await total.warmUp({ ...effort, seconds: effort.warmUpSeconds });
  }
  for (let round = 0; round < effort.rounds; round += 1) {
    for (let turn = 0; turn < totals.length; turn += 1) {
      const total = totals[(round + turn) % totals.length]!;
      await total.warmUp({ ...effort, seconds: secondsBeforeRound });
      await total.count(postgres, effort);
    }
  }
  return totals.map(total => total.result());
}

class Totals {
  readonly #latencies: RecordableHistogram = createHistogram();
  readonly #rates: number[] = [];
  #requests = 0;
  #serverTime = 0;
  #postgresTime = 0;
  #next = 0;

  constructor(private readonly runner: Runner) {}

  /** Asks without counting. */
  warmUp({ seconds, connections }: Pick<Effort, 'seconds' | 'connections'>) {
    return sendLoad(this.runner.server, () => this.#nextRequest(), { seconds, connections });
  }

  async count(postgres: number, { seconds, connections }: Effort): Promise<void> {
    const { server } = this.runner;
    const before = [processorTime(server.pid), processorTime(postgres)] as const;
    const load = await sendLoad(server, () => this.#nextRequest(), {
      seconds,
      connections,
      latencies: this.#latencies,
    });
    this.#serverTime += processorTime(server.pid) - before[0];
    this.#postgresTime += processorTime(postgres) - before[1];
    this.#requests += load.requests;
    this.#rates.push(load.requests / load.seconds);
  }

  result(): Measurement {
    return {
      contender: this.runner.name,
      requestsPerSecond: this.#rates,
      p50: this.#latencies.percentile(50) / 1000,
      p99: this.#latencies.percentile(99) / 1000,
      serverTime: this.#serverTime / this.#requests,
      postgresTime: this.#postgresTime / this.#requests,
      requests: this.#requests,
    };
  }

  #nextRequest() {
    this.#next = (this.#next + 1) % this.runner.requests.length;
    return this.runner.requests[this.#next]!;
  }
}
