import { setTimeout as sleep } from 'node:timers/promises';
import type { Asks } from '../fingerprint.js';

/** How often it is looked at while a replica is behind, in milliseconds. */
const interval = 500;

/** Keeps what writes many rows from running away from the replicas, which show what it writes in their own time. */
export class ReplicaLag {
  #isBehind = false;

  /**
   * @param most milliseconds that a replica may be behind
   * @param onBehind is told by how many one is, when it begins to be waited for
   */
  constructor(
    private readonly most: number,
    private readonly onBehind: (milliseconds: number) => void,
  ) {}

  /** Waits while a replica is farther behind, until somebody wants it to end. */
  async wait(client: Asks, signal: AbortSignal): Promise<void> {
    for (;;) {
      const lag = await greatestLag(client);
      if (lag <= this.most || signal.aborted) {
        this.#isBehind = false;
        return;
      }
      if (!this.#isBehind) {
        this.#isBehind = true;
        this.onBehind(lag);
      }
      await sleep(interval, undefined, { signal }).catch(() => {});
    }
  }
}

/** In milliseconds; 0 where there is no replica, or none has anything left to show. */
async function greatestLag(client: Asks): Promise<number> {
  const { rows } = await client.query<{ lag: number }>(
    `select coalesce(max(extract(epoch from replay_lag)) * 1000, 0)::float8 as lag from pg_stat_replication`,
  );
  return rows[0]!.lag;
}
