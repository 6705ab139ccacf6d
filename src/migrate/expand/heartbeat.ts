import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { platformSchema } from '../../database/schemas.js';
import { type Build, hashOfBuild } from '../build.js';

/** How often a process says that it is alive, in milliseconds. */
const interval = 10_000;

/** So many beats that did not come mean that it is dead. */
const missedBeats = 3;

/** Rows of processes that were killed are kept for so many days, for whoever looks for them. */
const daysOfDead = 1;

/** How long an end waits for the database, in milliseconds. */
const patience = 1000;

/** Runs a statement on the process's own connections. */
type Run = (text: string, values: readonly unknown[]) => Promise<unknown>;

/**
 * Says in the platform's table of instances that this process serves, and which migrations its build knows: as long as it
 * does, no column is taken away that it may use. It is one statement every ten seconds. While the database is away nothing
 * is said, and the process counts as dead after half a minute; it comes back with the next beat.
 */
export class Heartbeat {
  readonly #id = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #isSilent = false;
  #isClosing = false;

  constructor(
    private readonly run: Run,
    private readonly build: () => Promise<Build>,
    private readonly logger: Logger,
  ) {}

  /** Begins, without waiting for the first beat. */
  start(): void {
    this.#beating = this.#begin().catch((error: unknown) => this.logger.error({ err: error }, 'has no heartbeat'));
  }

  /** Ends, and says so; where the database is away, the row dies by itself. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    const removed = this.#beating
      .then(() => this.run(`delete from ${platformSchema}.instances where id = $1`, [this.#id]))
      .catch(() => {});
    await Promise.race([removed, sleep(patience, undefined, { ref: false })]);
  }

  async #begin(): Promise<void> {
    const build = await this.build();
    const values = [hostname(), process.pid, await hashOfBuild(build), build.tenant.map(({ name }) => name)];
    await this.#beat(values);
    if (!this.#isClosing) {
      this.#timer = setInterval(() => {
        this.#beating = this.#beat(values);
      }, interval).unref();
    }
  }

  async #beat(values: readonly unknown[]): Promise<void> {
    try {
      await this.run(
        `with buried as (
           delete from ${platformSchema}.instances where expires_at < now() - interval '${daysOfDead} days')
         insert into ${platformSchema}.instances (id, host, pid, build, migrations, seen_at, expires_at)
         values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp() + interval '${missedBeats * interval} milliseconds')
         on conflict (id) do update set seen_at = excluded.seen_at, expires_at = excluded.expires_at`,
        [this.#id, ...values],
      );
      this.#isSilent = false;
    } catch (error) {
      if (!this.#isSilent) {
        this.logger.warn({ err: error }, 'could not note that this process is alive; trying again');
      }
      this.#isSilent = true;
    }
  }
}
