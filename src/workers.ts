import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './config.js';

/** How long after a worker died the next one takes its place, in milliseconds, at first and at the most. */
const replaceDelay = { first: 100, most: 5_000 };

/** A worker that served for less than this, in milliseconds, died of its start. */
const soon = 10_000;

/** After so many that died of their start, one after the other, the program gives up. */
const mostDeaths = 5;

/** What the primary process hands to each worker: settings are read once, so that all serve by the same ones. */
export interface Order {
  config: Config;
  databaseUrl: string;
}

/** What a worker tells: that it serves, or why it cannot. */
export type Report = { url: string } | { failure: string };

/** The workers cannot serve; the message says why. */
export class WorkersError extends Error {
  override name = 'WorkersError';
}

/**
 * The processes that serve. They share the port and nothing else; what they keep at hand is kept right by the database's
 * notifications, which each listens to. One that dies is replaced.
 */
export class Workers {
  readonly #order: Order;
  readonly #running = new Set<Worker>();
  readonly #ended: Promise<never>;
  #giveUp!: (error: WorkersError) => void;
  #deaths = 0;
  #stopping = false;

  constructor(
    private readonly count: number,
    order: Order,
    private readonly logger: Logger,
  ) {
    this.#order = order;
    this.#ended = new Promise((_resolve, reject) => (this.#giveUp = reject));
    this.#ended.catch(() => {});
    // Settings hold what JSON cannot.
    cluster.setupPrimary({ serialization: 'advanced' });
  }

  /** Rejects when the workers die as fast as they are replaced. */
  get ended(): Promise<never> {
    return this.#ended;
  }

  /**
   * Starts all, and gives the URL that they serve. The first finds the port, which the others share.
   * @throws WorkersError when one cannot serve
   */
  async start(): Promise<string> {
    const url = await this.#startOne();
    const { http } = this.#order.config;
    // Port 0 stays as it is: all who ask for it while others listen get theirs.
    http.port = http.port && Number(new URL(url).port || 80);
    http.orNextPort = false;
    await Promise.all(Array.from({ length: this.count - 1 }, () => this.#startOne()));
    return url;
  }

  /** Lets all end what they have begun, and waits for them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      Array.from(this.#running, worker => {
        const ended = new Promise(resolve => worker.once('exit', resolve));
        // One that is about to end hears nothing any more.
        worker.send('stop', () => {});
        return ended;
      }),
    );
  }

  /** Starts a worker, and gives its URL. */
  #startOne(): Promise<string> {
    const worker = cluster.fork();
    const began = Date.now();
    let serves = false;
    this.#running.add(worker);
    worker.on('error', () => {});
    worker.send(this.#order);
    return new Promise((resolve, reject) => {
      worker.on('message', (report: Report) => {
        if ('url' in report) {
          serves = true;
          resolve(report.url);
        } else {
          reject(new WorkersError(report.failure));
        }
      });
      worker.once('exit', (code, signal) => {
        this.#running.delete(worker);
        reject(new WorkersError(`A worker ended with ${signal ?? code} before it served.`));
        if (serves && !this.#stopping) {
          void this.#replace(worker, Date.now() - began, signal ?? code);
        }
      });
    });
  }

  async #replace({ process: { pid } }: Worker, lived: number, reason: string | number): Promise<void> {
    this.#deaths = lived < soon ? this.#deaths + 1 : 1;
    for (;;) {
      if (this.#deaths >= mostDeaths) {
        this.#giveUp(
          new WorkersError(
            `${mostDeaths} workers died in a row, each soon after its start, the last with ${reason}; the log says why.`,
          ),
        );
        return;
      }
      this.logger.error({ worker: pid, reason }, 'a worker died; another takes its place');
      await sleep(Math.min(replaceDelay.first * 2 ** (this.#deaths - 1), replaceDelay.most));
      if (this.#stopping) {
        return;
      }
      try {
        await this.#startOne();
        return;
      } catch (error) {
        this.logger.error({ err: error }, 'a worker could not start');
        this.#deaths += 1;
      }
    }
  }
}
