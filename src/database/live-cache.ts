import { LRUCache } from 'lru-cache';

/** How long what was read counts while nobody would tell of its change, in milliseconds. */
const shortLife = 1_000;

interface Entry<Value> {
  value: Value;
  readAt: number;
}

/**
 * What was read from the database and is asked for with every request. It is kept until the database notifies of a change,
 * and where notifications cannot be relied on, for a second; so whatever happens, a change holds within a second.
 */
export class LiveCache<Value> {
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #reading = new Map<string, Promise<Value>>();
  /** Grows when something is forgotten, so that what was read before is not kept after it. */
  #generation = 0;

  /**
   * @param read what belongs to a key
   * @param isLive whether all changes are told of
   */
  constructor(
    private readonly read: (key: string) => Promise<Value>,
    private readonly isLive: () => boolean,
    max: number,
  ) {
    this.#entries = new LRUCache({ max });
  }

  /** What belongs to a key. Those who ask at once share one read. */
  get(key: string): Value | Promise<Value> {
    const entry = this.#entries.get(key);
    if (entry && (this.isLive() || performance.now() - entry.readAt < shortLife)) {
      return entry.value;
    }
    return this.#reading.get(key) ?? this.#readNow(key);
  }

  /** Forgets what fits, or all: it may have changed. */
  forget(fits: (value: Value) => boolean = () => true): void {
    this.#generation += 1;
    this.#reading.clear();
    for (const [key, { value }] of this.#entries.entries()) {
      if (fits(value)) {
        this.#entries.delete(key);
      }
    }
  }

  #readNow(key: string): Promise<Value> {
    const generation = this.#generation;
    const readAt = performance.now();
    const reading = this.read(key)
      .then(value => {
        if (generation === this.#generation) {
          this.#entries.set(key, { value, readAt });
        }
        return value;
      })
      .finally(() => {
        if (this.#reading.get(key) === reading) {
          this.#reading.delete(key);
        }
      });
    this.#reading.set(key, reading);
    return reading;
  }
}
