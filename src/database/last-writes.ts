import { LRUCache } from 'lru-cache';
import type { Notifications } from './notifications.js';

/** The channel on which transactions tell who has written. */
export const writesChannel = 'pier2_writes';

/** Those who wrote last that are kept apart; all others count as if they had written with the last one who was dropped. */
const remembered = 10_000;

/** Who writes and reads: a user of a tenant, or all who have not signed in to it. */
export function writerOf(schema: string, user: string | null | undefined): string {
  return `${schema} ${user ?? ''}`;
}

/** A write, and a place in the database's log that is behind its commit; undefined until that is known. */
interface Write {
  position: bigint | undefined;
}

/**
 * Up to where a replica must have come to show somebody what they wrote. Every transaction notifies all processes of who
 * wrote, and before a replica's answer is used, this process makes sure that it has heard of all that was committed before.
 */
export class LastWrites {
  readonly #writes = new LRUCache<string, Write>({
    max: remembered,
    dispose: (write, _writer, reason) => reason === 'evict' && this.#raiseFloor(write),
  });
  /** What holds for everybody. */
  #floor: Write;
  #unplaced: Write[] = [];
  #asking: Promise<unknown> = Promise.resolve();
  #next: Promise<bigint | undefined> | undefined;

  constructor(private readonly notifications: Notifications) {
    this.#floor = this.#newWrite();
    notifications.on(writesChannel, writer => this.#writes.set(writer, this.#newWrite()));
    // Anybody may have written while nobody listened.
    notifications.onConnected(() => (this.#floor = this.#newWrite()));
  }

  /** Up to where a replica must have come for somebody, as far as has been heard; undefined when no place is known yet. */
  known(writer: string): bigint | undefined {
    const write = this.#writes.get(writer);
    return write ? later(write.position, this.#floor.position) : this.#floor.position;
  }

  /** The same with all that was committed before the call; undefined also where notifications cannot be relied on. */
  async certain(writer: string): Promise<bigint | undefined> {
    return (await this.logEnd()) === undefined ? undefined : this.known(writer);
  }

  /**
   * Where the database's log ends, asked after the call, once all has been heard of that was committed before it; undefined
   * where notifications cannot be relied on. Those who ask while an answer is under way share the next one.
   */
  logEnd(): Promise<bigint | undefined> {
    return (this.#next ??= this.#asking.then(() => {
      this.#next = undefined;
      const asked = this.#ask();
      this.#asking = asked;
      return asked;
    }));
  }

  async #ask(): Promise<bigint | undefined> {
    // What is heard of from here on may have been committed after the place that is answered.
    const writes = this.#unplaced.splice(0);
    const position = await this.notifications.logEnd();
    if (position === undefined) {
      this.#unplaced = [...writes, ...this.#unplaced];
    }
    for (const write of writes) {
      write.position = position;
    }
    return position;
  }

  #newWrite(): Write {
    const write = { position: undefined };
    this.#unplaced.push(write);
    return write;
  }

  #raiseFloor(write: Write): void {
    // One without a place gets its place later than all that have one.
    const isLater = later(write.position, this.#floor.position) === write.position;
    this.#floor = isLater ? write : this.#floor;
  }
}

/** The later one of two places, of which one that is not known yet is the latest. */
function later(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  return one === undefined || other === undefined ? undefined : one > other ? one : other;
}
