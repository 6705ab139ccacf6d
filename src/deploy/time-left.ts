import { setTimeout as sleep } from 'node:timers/promises';

/** What Lambda tells a function of its call, as far as it matters here. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Milliseconds before the end of the function's time at which it begins no further shop, breaks off, and answers at last. */
const before = { stop: 60_000, cutOff: 40_000, last: 20_000 };

/** How often the time is looked at, in milliseconds. */
const interval = 250;

/** The time that a function has, as what it is to do when that runs out. */
export class TimeLeft {
  readonly #stop = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #ended = new AbortController();
  /** No further shop is begun. */
  readonly stop = this.#stop.signal;
  /** What is under way is broken off. */
  readonly cutOff = this.#cutOff.signal;
  /** It has to answer, whatever is under way; undefined when it came to its end in time. */
  readonly last: Promise<'last' | undefined>;

  constructor(context: LambdaContext) {
    this.last = this.#watch(context);
  }

  /** The work is done. */
  end(): void {
    this.#ended.abort();
  }

  async #watch(context: LambdaContext): Promise<'last' | undefined> {
    while (!this.#ended.signal.aborted) {
      const left = context.getRemainingTimeInMillis();
      if (left < before.stop) {
        this.#stop.abort();
      }
      if (left < before.cutOff) {
        this.#cutOff.abort();
      }
      if (left < before.last) {
        return 'last';
      }
      await sleep(interval, undefined, { signal: this.#ended.signal }).catch(() => {});
    }
    return undefined;
  }
}
