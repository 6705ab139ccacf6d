import { setTimeout as sleep } from 'node:timers/promises';
import { type LastWrites, writerOf } from './last-writes.js';
import { type DatabaseIdentity, identityQuery, type Replica } from './replica.js';
import { isOutdatedPlan, type Reader, type ReadPool, type RunStatement } from './reader.js';
import type { Statement } from './statements.js';

/** How often replicas are looked at, in milliseconds. */
const interval = 500;

/** A place where the database's log ended, and when, in milliseconds of this process. */
interface LogEnd {
  at: number;
  position: bigint;
}

/**
 * The read replicas of a process. Queries are spread over those that answer and do not lag too far behind; where there is
 * none, or none shows what the viewer has written, they go to the primary server.
 */
export class Replicas {
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #primary: DatabaseIdentity | undefined;
  /** The oldest first. */
  #ends: LogEnd[] = [];

  /** @param maxLag milliseconds that a replica may lag behind */
  constructor(
    private readonly replicas: readonly Replica[],
    private readonly reads: ReadPool,
    private readonly lastWrites: LastWrites,
    private readonly maxLag: number,
  ) {}

  /** How many there are, and how many are in use. */
  get counts(): { configured: number; inUse: number } {
    return { configured: this.replicas.length, inUse: this.replicas.filter(({ isInUse }) => isInUse).length };
  }

  /** Begins to look at them. Until then none is in use. */
  start(): void {
    this.#running ??= this.#watch();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await Promise.all(this.replicas.map(replica => replica.close()));
  }

  /** The reads of one query of somebody's, as a reader of the primary server would make them. */
  readerOf(reader: Reader, schema: string, user: string | undefined): Reader {
    const replica = this.#choose(user);
    if (!replica) {
      return reader;
    }
    return reader.by(primary => {
      const reads = new QueryReads(replica, schema, this.lastWrites, writerOf(schema, user), primary);
      return statement => reads.run(statement);
    });
  }

  /** The same one for the same user as long as it is in use: what replicas show differs by as much as they lag behind. */
  #choose(user: string | undefined): Replica | undefined {
    const count = this.replicas.length;
    const first = user === undefined ? Math.floor(Math.random() * count) : Number.parseInt(user.slice(-8), 16) % count;
    return [...this.replicas.slice(first), ...this.replicas.slice(0, first)].find(({ isInUse }) => isInUse);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#look();
      await sleep(interval, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const at = performance.now();
    const position = await this.lastWrites.logEnd();
    this.#primary ??= await this.#askPrimary();
    if (position === undefined || this.#primary === undefined) {
      return;
    }
    // Not by clocks, which differ between servers: what it shows is recent where it has come to a place that is.
    this.#ends = [...this.#ends.filter(end => at - end.at < 2 * this.maxLag), { at, position }];
    const least = this.#ends.find(end => at - end.at <= this.maxLag)!;
    const isKnown = this.#ends[0] !== least;
    const isRecent = (replayed: bigint) => replayed >= least.position || (isKnown ? false : undefined);
    const primary = this.#primary;
    await Promise.all(this.replicas.map(replica => replica.look(primary, isRecent)));
  }

  async #askPrimary(): Promise<DatabaseIdentity | undefined> {
    const [identity] = (await this.reads.run(identityQuery, []).catch(() => [])) as DatabaseIdentity[];
    return identity;
  }
}

/** The reads of one query: on a replica as long as that shows what its viewer has written, else on the primary server. */
class QueryReads {
  #needed: Promise<bigint | undefined> | undefined;
  /** Once a statement had to go to the primary server all others do, so that none shows what is older. */
  #leftReplica = false;

  constructor(
    private readonly replica: Replica,
    private readonly schema: string,
    private readonly lastWrites: LastWrites,
    private readonly writer: string,
    private readonly primary: RunStatement,
  ) {}

  async run(statement: Statement): Promise<unknown[]> {
    const rows = this.#leftReplica ? undefined : await this.#onReplica(statement).catch(rethrowUnlessElsewhere);
    if (rows) {
      return rows;
    }
    this.#leftReplica = true;
    return this.primary(statement);
  }

  /** The rows; undefined when the replica does not show what was written. */
  async #onReplica(statement: Statement): Promise<unknown[] | undefined> {
    const { replica, schema, lastWrites, writer } = this;
    const { replayed } = replica;
    const known = lastWrites.known(writer);
    // Most have not written lately, so the replica reads while it is made sure of that.
    const early = known !== undefined && known <= replayed ? replica.run(statement, schema) : undefined;
    early?.catch(() => {});
    const needed = await (this.#needed ??= lastWrites.certain(writer));
    if (needed === undefined || this.#leftReplica) {
      return undefined;
    }
    if (early && needed <= replayed) {
      return early;
    }
    return (await replica.hasReplayed(needed)) ? replica.run(statement, schema) : undefined;
  }
}

/** What PostgreSQL says to a statement that took too long, here or on request; it would take as long elsewhere. */
const queryCanceled = '57014';

/** Lets the primary server try what failed on a replica, whatever the reason, unless that would help nobody. */
function rethrowUnlessElsewhere(error: unknown): undefined {
  if ((error as { code?: string }).code === queryCanceled || isOutdatedPlan(error)) {
    throw error;
  }
}
